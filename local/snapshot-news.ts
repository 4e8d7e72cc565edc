import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '#local/answer.ts'
import { type Call, readCall } from '#local/call.ts'
import { smallOf } from '#local/cloudtrail-values.ts'
import type { DoorState } from '#local/door-state.ts'
import type { BusEvent } from '#local/event-bus.ts'
import type { Upstream } from '#local/forward.ts'
import { findXml, parseXml, type XmlElement } from '#local/xml.ts'

const BEGINS = /^(CreateSnapshots?|CopySnapshot)$/

interface Begun {
  readonly id: string
  readonly source: string
}

/** EBS's news of snapshots that have come to their end, after a call that began some. One region has one bus. */
export function snapshotNews(call: Call, answer: Answer, moto: Upstream, state: DoorState, region: string): void {
  if (call.service !== 'ec2' || !BEGINS.test(call.action) || answer.status !== 200) return
  if ((call.region ?? region) !== region) return
  const startTime = second(new Date())
  const begun = begunBy(call, parseXml(answer.body.toString('utf8')), region)
  const tell = async () => {
    // A little later than the snapshots themselves: who hears of it finds them complete.
    await sleep(state.switches().snapshotMs + 30, undefined, { signal: state.closed })
    const states = await statesOf(begun, call, moto)
    if (states) state.bus.send(newsOf(call.action, begun, states, startTime, region))
  }
  tell().catch((error: Error) => {
    if (!state.closed.aborted) console.error(`The news of a snapshot was not sent: ${error.message}`)
  })
}

function begunBy(call: Call, root: XmlElement, region: string): readonly Begun[] {
  const items = call.action === 'CreateSnapshots' ? (findXml(root, 'snapshotSet')?.children ?? []) : [root]
  return items.map((item) => {
    const id = findXml(item, 'snapshotId')?.text ?? ''
    const [from, of] = [call.params.get('SourceRegion') ?? region, call.params.get('SourceSnapshotId')]
    if (of) return { id, source: `arn:aws:ec2:${from}::snapshot/${of}` }
    const volume = findXml(item, 'volumeId')?.text
    // Where region and account stand in these ARNs differs from one kind of event to the other: so they are documented.
    const place = call.action === 'CreateSnapshots' ? `:${region}:` : `${region}::`
    return { id, source: `arn:aws:ec2:${place}volume/${volume}` }
  })
}

/** What EC2 says of them now, by id; null where one is gone. */
async function statesOf(begun: readonly Begun[], call: Call, moto: Upstream): Promise<Map<string, XmlElement> | null> {
  const asked = new URLSearchParams({ Action: 'DescribeSnapshots', Version: '2016-11-15' })
  begun.forEach(({ id }, at) => {
    asked.set(`SnapshotId.${at + 1}`, id)
  })
  const { authorization, host } = call.headers
  const headers = { authorization, host, 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await moto.send(readCall('POST', '/', headers, Buffer.from(asked.toString())))
  if (answer.status !== 200) return null
  const items = findXml(parseXml(answer.body.toString('utf8')), 'snapshotSet')?.children ?? []
  return new Map(items.map((item) => [findXml(item, 'snapshotId')?.text ?? '', item]))
}

function newsOf(
  action: string,
  begun: readonly Begun[],
  states: ReadonlyMap<string, XmlElement>,
  startTime: string,
  region: string,
): BusEvent {
  const several = action === 'CreateSnapshots'
  const arn = (id: string) => `arn:aws:ec2:${several ? `:${region}:` : `${region}::`}snapshot/${id}`
  const stateOf = (id: string) => textOf(states, id, 'status')
  const failed = begun.find(({ id }) => stateOf(id) !== 'completed')
  const cause =
    failed && (several ? `Snapshot ${failed.id} is in status error` : textOf(states, failed.id, 'statusMessage'))
  const detail = {
    event: smallOf(action),
    result: failed ? 'failed' : 'succeeded',
    cause: cause ?? '',
    'request-id': '',
    startTime,
    endTime: second(new Date()),
    ...(several
      ? { snapshots: begun.map(({ id, source }) => ({ snapshot_id: arn(id), source, status: stateOf(id) })) }
      : { snapshot_id: arn(begun[0]!.id), source: begun[0]!.source }),
    ...(action === 'CopySnapshot' && !failed ? { Incremental: 'true' } : {}),
  }
  const type = several ? 'EBS Multi-Volume Snapshots Completion Status' : 'EBS Snapshot Notification'
  const resources = begun.map(({ id }) => arn(id))
  return { source: 'aws.ec2', 'detail-type': type, detail, resources, time: detail.endTime }
}

function textOf(states: ReadonlyMap<string, XmlElement>, id: string, name: string): string | undefined {
  const item = states.get(id)
  return item && findXml(item, name)?.text
}

function second(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}
