import { told } from '#shared/fault.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { askForBox } from '#shared/jump/ask-for-box.ts'
import { proveAddress } from '#shared/jump/change-box.ts'
import { type AskedTerms, readTerms } from '#shared/jump/terms.ts'
import { iso } from '#shared/kit/iso.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { hostMutations } from '#shared/mutations/hosts.ts'
import { jumpMutations } from '#shared/mutations/jumps.ts'
import { answerAsk } from '#shared/operators/answer-ask.ts'
import { approval } from '#shared/operators/invoke.ts'
import { close, extend } from '#shared/operators/jumps.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { MutationPorts, Ports } from '#shared/ports.ts'
import { respondTo } from '#shared/respond.ts'
import { jumpBox } from '#shared/responses/jump-box/response.ts'
import { boxName } from '#shared/responses/jump-box/world.ts'
import type { Person } from '#shared/story.ts'
import { boxCloud, type Nature } from './box-cloud.ts'
import { boxPolicy, HOSTED, JOINED, KEY, TARGETS } from './box-policy.ts'
import { fakeLedger } from './fake-ledger.ts'
import { type CallFault, faultyPorts } from './faulty-ports.ts'

export const ACCOUNT = '111122223333'
export const REGION = 'eu-central-1'
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const PLACE = {
  stage: 'prod',
  ender: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:portcullis-prod-keep-jump-boxes`,
  role: `arn:aws:iam::${ACCOUNT}:role/schedules`,
  deadLetters: `arn:aws:sqs:${REGION}:${ACCOUNT}:dead-letters`,
}
const $metadata = {}

export type BoxStage = ReturnType<typeof boxStage>

/** What somebody asks for; what is not said is as usual. */
type Wish = Partial<AskedTerms> & { readonly address?: string }

/** Jump boxes in memory: a cloud, a ledger, a clock, people who ask and answer, and faults on demand. */
export function boxStage(policy: Policy = boxPolicy(), nature: Partial<Nature> = {}) {
  const books = fakeLedger()
  const time: Nature & { left: number; still: boolean } = {
    ...{ now: Date.parse('2026-06-01T12:00:00.250Z'), left: 300_000, still: false },
    ...{ terminateMs: 45_000, showMs: 0, forgetMs: HOUR, ipv6: false, page: 100, ...nature },
  }
  const cloud = boxCloud(time)
  for (const GroupId of [TARGETS, JOINED])
    cloud.groups.set(GroupId, { GroupId, GroupName: GroupId, VpcId: 'vpc-0a1', Description: '', Tags: [], rules: [] })
  const calls: { call: string; input: Record<string, unknown> }[] = []
  const notices: { subject: string; message: Record<string, unknown>; importance: string | undefined }[] = []
  const logs: { level: string; message: string; about: unknown }[] = []
  const metrics: string[] = []
  /** Thrown in place of the next calls of that name; `after` has the call done first: its answer is lost. */
  const faults = new Map<string, { error: Error; times: number; after?: boolean }>()
  /** What functions were begun with and nobody waits for. */
  const begun: object[] = []
  const rows = Object.entries({ ...ec2Mutations, ...hostMutations, ...jumpMutations }).map(([call, row]) => [
    call,
    {
      ...row,
      send: async (input: Record<string, unknown>) => {
        calls.push({ call, input })
        const fault = faults.get(call)
        if (fault && fault.times-- > 0) {
          if (fault.after) cloud.perform(call, input)
          throw fault.error
        }
        return { ...cloud.perform(call, input), $metadata }
      },
    },
  ])
  let ids = 0
  const ports: Ports = {
    ...{ stage: PLACE.stage, account: ACCOUNT, region: REGION, policy, notices: 'topic', ledger: books.ledger },
    newId: () => String(++ids).padStart(26, '0'),
    clock: {
      now: () => time.now,
      sleep: async (milliseconds) => {
        if (time.still) return new Promise((resolve) => setTimeout(resolve, 0))
        time.now += milliseconds
      },
      left: () => time.left,
    },
    log: (level, message, about) => logs.push({ level, message, about }),
    metric: (name) => metrics.push(name),
    reads: cloud.reads,
    mutations: {
      ...(Object.fromEntries(rows) as MutationPorts),
      'sns:Publish': {
        alreadySo: [],
        send: async ({ Subject, Message, MessageAttributes }) => {
          const importance = MessageAttributes?.importance?.StringValue
          notices.push({ subject: Subject!, message: JSON.parse(JSON.parse(Message!).default), importance })
          return { $metadata }
        },
      },
      'lambda:InvokeFunction': {
        alreadySo: [],
        send: async ({ InvocationType, Payload }) => {
          const event = JSON.parse(String(Payload)) as object
          const answer = (value: unknown) => ({ $metadata, Payload: Buffer.from(JSON.stringify(value)) as never })
          if (InvocationType === 'Event') {
            begun.push(event)
            return { $metadata }
          }
          try {
            return answer(await invoke(event))
          } catch (error) {
            return { ...answer({ errorMessage: (error as Error).message }), FunctionError: 'Unhandled' }
          }
        },
      },
    },
  }
  let runs = 0
  const boxes = jumpBox(PLACE)
  const invoke = (event: object, through = ports) =>
    respondTo(boxes, signalsOf)(event, through, { id: `run-${++runs}`, startedAt: time.now })
  // A first sweep tells all in one digest: this world has been swept before.
  books.sweeps.set('jump-box', { startedAt: 1, completedAt: 1 })

  const happening = (id: string) => ({ id, account: ACCOUNT, region: REGION, time: iso(time.now) })
  const tick = () => ({ 'detail-type': 'Scheduled Event', ...happening(`tick-${time.now}`) })
  const lookAt = (id: string) => approval(`look-${++runs}`, id, iso(time.now), { account: ACCOUNT, region: REGION })
  const personOf = (name: string) => ports.policy.people.find((one) => one.name === name)
  const byOf = (name: string): Person => ({ name, from: '203.0.113.7' })
  const changer = (name: string, mayAll = false) => ({ by: byOf(name), person: personOf(name), mayAll })
  const ask = async (person: string, { address, ...wish }: Wish = {}) => {
    const terms = readTerms({ zone: 'lab', reason: 'look at the logs', key: KEY, ...wish }, person, ports.policy)
    if ('problems' in terms) throw new Error(Object.values(terms.problems).join(' '))
    return askForBox(terms, { person, by: byOf(person), ...(address ? { address } : {}) }, ports)
  }
  const named = (id: string) => boxName(PLACE.stage, id)
  const instanceOf = (id: string) => [...cloud.instances.values()].find(({ token }) => token === named(id))
  const groupOf = (id: string) => [...cloud.groups.values()].find(({ GroupName }) => GroupName === named(id))
  const head = (id: string) => [...books.heads.values()].findLast((one) => one.subject === id)

  return {
    ...{ ...books, ...cloud, ports, time, calls, notices, logs, metrics, faults, begun, invoke, ask },
    look: (id: string) => invoke(lookAt(id)),
    /** A run of which a call goes wrong, or which dies after it. Answers with what it threw. */
    faulty: async (event: object, fault?: CallFault) => {
      const there = faultyPorts(ports, fault)
      const answer = await Promise.race([invoke(event, there.ports).catch(told), there.killed])
      return { answer, uses: there.uses }
    },
    /** Asks, from an address that is known at once, and has the responder look. */
    open: async (person: string, wish: Wish = {}) => {
      const { request } = await ask(person, { address: '203.0.113.7/32', ...wish })
      await invoke(lookAt(request.id))
      return request.id
    },
    prove: async (id: string, address = '203.0.113.7/32') => {
      await proveAddress(id, address, ports)
      return invoke(lookAt(id))
    },
    events: { tick, lookAt },
    sweep: (later = HOUR / 4) => {
      time.now += later
      return invoke(tick())
    },
    /** Time passes, and schedules that are due fire, each once. */
    fire: async (later = 0) => {
      time.now += later
      for (const [name, one] of [...cloud.schedules]) {
        if (Date.parse(`${/^at\((.*)\)$/.exec(one.ScheduleExpression ?? '')?.[1]}Z`) > time.now) continue
        cloud.schedules.delete(name)
        await invoke(JSON.parse(one.Target!.Input!))
      }
    },
    /** EC2 tells that an instance has ended, once it has. */
    ended: (instance: string) => {
      const one = cloud.instances.get(instance)
      if (one?.endedAt !== undefined) time.now = Math.max(time.now, one.endedAt + time.terminateMs)
      return invoke({
        ...{ ...happening(`ended-${instance}`), 'detail-type': 'EC2 Instance State-change Notification' },
        detail: { 'instance-id': instance, state: 'terminated' },
      })
    },
    /** Its guest shuts down, by its own timer or its user's hand. */
    shutDown: (id: string) => {
      const one = instanceOf(id)
      if (one) one.endedAt ??= time.now
    },
    answer: (id: string, state: 'approved' | 'declined', name = 'bob', members: readonly string[] = []) => {
      const { incident = '', hash = '' } = books.asks.get(id) ?? {}
      const who = { by: byOf(name), person: personOf(name), members: async () => members }
      return answerAsk(incident, state, { plan: hash, reason: 'seen and fine' }, who, ports)
    },
    extend: (id: string, seconds: number, name = 'alice') => extend(id, { seconds }, changer(name), ports),
    close: (id: string, name = 'alice', mayAll = false) => close(id, changer(name, mayAll), ports),
    ...{ instanceOf, groupOf, head },
    scheduleOf: (id: string) => cloud.schedules.get(named(id)),
    recordOf: (id: string) => cloud.records.get(`${HOSTED} ${id.toLowerCase()}.jump.example.com A`),
    isAlive: (id: string) => {
      const one = instanceOf(id)
      return one !== undefined && !['shutting-down', 'terminated'].includes(cloud.stateOf(one))
    },
    /** The rules of its group, each as one text. */
    rulesOf: (id: string) =>
      (groupOf(id)?.rules ?? [])
        .map(({ egress, protocol, from, to, peer }) => `${egress ? 'out' : 'in'} ${protocol} ${from}-${to} ${peer}`)
        .sort(),
    verdict: (id: string) => head(id)?.verdict,
    texts: () => notices.map((one) => String(one.message.text)),
    launchesOf: (id: string) => cloud.launches.filter((token) => token === named(id)).length,
    made: (call: string) => calls.filter((one) => one.call === call),
  }
}
