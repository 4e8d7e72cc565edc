import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cannedDynamoDb } from './canned-dynamodb.ts'
import { type Answer, type CannedEc2, cannedEc2, type Groups } from './canned-ec2.ts'
import type { Ask, Call, Reply } from './cloud.ts'
import { now } from './stopwatch.ts'

// A process that answers on 127.0.0.1 as EC2, DynamoDB and SNS would, at once but for a latency that is added to every
// call, and keeps a log. It is a process of its own, so that its work is not in what is measured; `cloud.ts` starts it.

const PUBLISHED: Answer = {
  status: 200,
  body: Buffer.from(
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>bench</MessageId></PublishResult></PublishResponse>',
  ),
}

const worlds = new Map<string, CannedEc2>()
const dynamodb = cannedDynamoDb()
let ec2 = cannedEc2({ groups: 1, open: 1 })
let latency = 0
let calls: Call[] = []

const server = createServer((request, response) => {
  const start = now()
  const target = String(request.headers['x-amz-target'] ?? '')
  const parts: Buffer[] = []
  const finish = (whole: Buffer, call: string, answered: () => Answer) => {
    const answer = answered()
    response.writeHead(answer.status, {
      'content-type': target === '' ? 'text/xml;charset=UTF-8' : 'application/x-amz-json-1.0',
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
    const { call, answered } = take(target, whole.toString())
    if (latency > 0) setTimeout(finish, latency, whole, call, answered)
    else finish(whole, call, answered)
  })
})

process.on('message', (ask: Ask) => {
  if (ask.ask === 'reset') {
    reset(ask)
    if (!ask.keepLedger) dynamodb.reset()
    calls = []
    latency = ask.latency
    reply({ done: true })
  } else reply({ calls, rules: ec2.ruleIds(), counted: dynamodb.counted() })
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

/** Takes a call up; what is answered is how things are when the latency is over. */
function take(target: string, body: string): { call: string; answered: () => Answer } {
  if (target !== '') {
    const operation = target.split('.')[1]!
    return { call: `dynamodb:${operation}`, answered: dynamodb.begin(operation, body) }
  }
  const input = new URLSearchParams(body)
  const action = input.get('Action') ?? ''
  return action === 'Publish'
    ? { call: 'sns:Publish', answered: () => PUBLISHED }
    : { call: `ec2:${action}`, answered: () => ec2.answer(action, input) }
}

function reply(message: Reply): void {
  process.send?.(message)
}
