import type { CallFault, Kind } from './faulty-ports.ts'
import { HOST } from './host-worlds.ts'
import type { wholeHost } from './whole-host.ts'

/** The cells of the fault matrix: one call of the playbook goes wrong in one way, and one later run finishes. */

export type Finisher = 'retry' | 'sweep'
type Host = () => ReturnType<typeof wholeHost>

const BUSY: readonly Kind[] = ['throttled', 'denied', '5xx', 'time-out']
export const isRead = (call: string): boolean => /:(Describe|Get|List|Filter|Query)/.test(call)

/** Cutting off turns on these: where one of them fails, it waits. */
const ISOLATING = new Set([
  'ec2:DescribeInstances',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'guardduty:GetFindings',
  'dynamodb:Query',
  'dynamodb:TransactWriteItems',
  'ec2:CreateSecurityGroup',
  'ec2:RevokeSecurityGroupEgress',
  'ec2:ModifyNetworkInterfaceAttribute',
])

/**
 * Every way in which a call that is made so often can go wrong: for good, at each single use, from the second use on; and
 * the run ends right after it.
 */
export function faultsOf(call: string, times: number): readonly CallFault[] {
  const uses = Array.from({ length: times }, (_, nth) => nth)
  // Between two reads nothing happens: to end after one of many is to end after any.
  const ends = isRead(call) ? uses.slice(0, 3) : uses
  const killed = ends.map((nth): CallFault => ({ call, kind: 'killed', nth }))
  if (isRead(call)) {
    const later = times > 1 ? BUSY.map((kind): CallFault => ({ call, kind, from: 1 })) : []
    return [...BUSY.map((kind) => ({ call, kind })), ...later, ...killed]
  }
  // The SDK makes a call again whose answer is lost, but for the one that must not be made twice.
  const twice: readonly Kind[] = /^dynamodb|CreateSecurityGroup$/.test(call) ? [] : ['repeated']
  const single: readonly Kind[] = times > 1 ? ['denied', 'time-out', 'lost', ...twice] : []
  return [
    ...[...BUSY, 'lost' as const, ...twice].map((kind) => ({ call, kind })),
    ...single.flatMap((kind) => uses.map((nth) => ({ call, kind, nth }))),
    ...killed,
  ]
}

/** Runs through one cell, and says in sentences what is not as it has to be. */
export async function wrongIn(host: Host, fault: CallFault, finisher: Finisher): Promise<readonly string[]> {
  const there = host()
  const before = there.picture()
  const wrong: string[] = []
  const expected = (holds: boolean, sentence: string) => {
    if (!holds) wrong.push(`${JSON.stringify(fault)}, ${finisher}: ${sentence}`)
  }
  const once = () => {
    const groups = there.quarantines()
    expected(new Set(groups).size === groups.length, `two quarantine groups: ${groups.join(', ')}`)
  }

  const { answer } = await there.event(fault)
  once()
  const head = there.headOf(HOST)
  const isOver = head?.verdict === 'contained' && head.status === 'held'
  if (fault.kind === 'killed') expected(answer === 'killed', 'the run was not killed')
  else {
    expected(isOver || answer instanceof Error, `${head?.verdict} (${head?.left}), and nobody tries again`)
    const waits = ISOLATING.has(fault.call) || /\*|AuthorizeS/.test(fault.call)
    expected(waits || there.isIsolated(), 'it is not cut off, and could be')
    // A notice that could not be sent, or written down as sent, and an attempt that is no proof anyway, are failures still.
    const isBeside = /^dynamodb|^sns/.test(fault.call) || there.quarantines().some((one) => one.endsWith('/all'))
    expected(isBeside || !isOver || !(answer instanceof Error), `contained, and yet it threw ${answer}`)
    const told = there.texts().at(-1) ?? ''
    const name = isRead(fault.call) ? /could not be read/ : new RegExp(`FAILED .*${fault.call}|could not be read`)
    const isOneCall = !/\*|sns/.test(fault.call)
    const isLeft = head?.verdict === 'partial' || head?.verdict === 'unverifiable'
    expected(!isLeft || !isOneCall || name.test(told), `it is not told what failed: ${told}`)
  }

  // What no record was made of, only Lambda's retry knows.
  if (finisher === 'sweep' && !head) return wrong
  if (finisher === 'retry' && !(answer instanceof Error) && answer !== 'killed') return wrong
  there.time.now += finisher === 'retry' ? 60_000 : 900_000
  const finished = finisher === 'retry' ? await there.event() : await there.tick()
  expected(!(finished.answer instanceof Error), `the ${finisher} threw ${finished.answer}`)
  const end = there.headOf(HOST)
  expected(end?.verdict === 'contained' && end.status === 'held', `ended ${end?.verdict}, ${end?.status}`)
  expected(there.isIsolated(), 'it is not cut off in the end')
  const heads = [...there.heads.values()].filter(({ subject }) => subject === HOST)
  expected(heads.length === 1, `${heads.length} incidents`)
  const aboutHost = () => there.notices.map(({ message }) => message).filter(({ subject }) => subject === HOST)
  expected(
    aboutHost().some((one) => one.verdict === 'contained'),
    'nobody was told that it is contained',
  )
  // Sweeps make the other groups ready, and there is nothing more to do about the host, or to tell.
  const calls = there.calls.length
  const told = aboutHost()
  there.time.now += 900_000
  await there.tick()
  const more = there.calls.slice(calls).filter(({ call }) => !call.includes('SecurityGroup'))
  expected(more.length === 0, `the sweep still did ${more.map(({ call }) => call).join(', ')}`)
  expected(aboutHost().length === told.length, `the sweep still told: ${aboutHost().at(-1)?.text}`)
  once()
  const released = (await there.release()).answer
  expected(
    typeof released === 'object' && 'what' in released && released.what === 'undone' && released.differs.length === 0,
    `the release ended with ${released instanceof Error ? released.message : JSON.stringify(released)}`,
  )
  const after = there.picture()
  for (const [part, was] of Object.entries(before)) {
    const is = JSON.stringify(after[part as keyof typeof after])
    expected(is === JSON.stringify(was), `${part} not as before: ${is}`)
  }
  return wrong
}
