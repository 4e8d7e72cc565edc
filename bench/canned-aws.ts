import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, failure, queryAnswer, tag } from './canned-answer.ts'
import { answerAround, findings } from './canned-around.ts'
import { cannedDynamoDb } from './canned-dynamodb.ts'
import { type CannedEc2, cannedEc2, type Groups } from './canned-ec2.ts'
import { hostState } from './canned-host-state.ts'
import { answerOfHosts } from './canned-hosts.ts'
import type { Ask, Call, Reply } from './cloud.ts'
import { now } from './stopwatch.ts'

// A process that answers on 127.0.0.1 as EC2, DynamoDB, SNS and what hosts hang on would, at once but for a latency that
// is added to every call, and keeps a log. It is a process of its own, so that its work is not in what is measured;
// `cloud.ts` starts it.

const NO_HOSTS = { count: 0, interfaces: 0, vpcs: 0, ready: false, embedded: false }

const worlds = new Map<string, CannedEc2>()
const dynamodb = cannedDynamoDb()
let ec2 = cannedEc2({ groups: 1, open: 1 })
let hosts = hostState(NO_HOSTS)
let latency = 0
let calls: Call[] = []

const server = createServer((request, response) => {
  const start = now()
  const target = String(request.headers['x-amz-target'] ?? '')
  const service = serviceOf(request)
  const parts: Buffer[] = []
  const finish = (whole: Buffer, call: string, answered: () => Answer) => {
    const answer = answered()
    response.writeHead(answer.status, {
      'content-type': TYPES[service] ?? 'text/xml;charset=UTF-8',
      'content-length': answer.body.length,
      'x-amzn-requestid': 'bench',
    })
    const ok = answer.status === 200
    calls.push({ call, start, end: now(), bytes: whole.length, ok, items: answer.items ?? [] })
    response.end(answer.body)
  }
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const whole = Buffer.concat(parts)
    const { call, answered } = take(service, target, whole.toString())
    if (latency > 0) setTimeout(finish, latency, whole, call, answered)
    else finish(whole, call, answered)
  })
})

process.on('message', (ask: Ask) => {
  if (ask.ask === 'reset') {
    reset(ask)
    hosts = hostState(ask.hosts ?? NO_HOSTS)
    if (!ask.keepLedger) dynamodb.reset()
    calls = []
    latency = ask.latency
    reply({ done: true })
  } else {
    const { cuts, interfaces, groups } = hosts
    const groupsOf = Object.fromEntries([...interfaces.values()].map((one) => [one.id, one.groups]))
    const seen = { rules: ec2.ruleIds(), cuts, groupsOf, quarantine: groups.map(({ id }) => id) }
    reply({ calls, ...seen, counted: dynamodb.counted() })
  }
})
process.on('disconnect', () => process.exit())
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => reply({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))

function reset({ groups, open, listed = false, refused = 0 }: Groups): void {
  const key = `${groups} ${open} ${listed} ${refused}`
  const kept = worlds.get(key)
  // One large world at a time is enough to keep.
  if (!kept) worlds.clear()
  ec2 = kept ?? cannedEc2({ groups, open, listed, refused })
  worlds.set(key, ec2)
  ec2.reset()
}

const TYPES: Readonly<Record<string, string>> = {
  dynamodb: 'application/x-amz-json-1.0',
  guardduty: 'application/json',
}

/** Whom a call is meant for stands in what it is signed for; what is not signed is a door that somebody opens. */
const serviceOf = ({ headers }: IncomingMessage): string =>
  /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'ec2'

/** Takes a call up; what is answered is how things are when the latency is over. */
function take(service: string, target: string, body: string): { call: string; answered: () => Answer } {
  if (service === 'dynamodb') {
    const operation = target.split('.')[1]!
    return { call: `dynamodb:${operation}`, answered: dynamodb.begin(operation, body) }
  }
  if (service === 'guardduty') return { call: 'guardduty:GetFindings', answered: () => findings(body) }
  const input = new URLSearchParams(body)
  const action = input.get('Action') ?? ''
  return { call: `${service}:${action}`, answered: () => answerOf(service, action, input) }
}

function answerOf(service: string, action: string, input: URLSearchParams): Answer {
  if (service === 'ec2') return answerOfHosts(hosts, action, input) ?? ec2.answer(action, input)
  if (service === 'sns') return queryAnswer(action, tag('MessageId', 'bench'))
  return answerAround(hosts, action, input) ?? failure('InvalidAction')
}

function reply(message: Reply): void {
  process.send?.(message)
}
