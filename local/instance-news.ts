import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '#local/answer.ts'
import { readCall } from '#local/call.ts'
import type { BusEvent, EventBus } from '#local/event-bus.ts'
import type { Upstream } from '#local/forward.ts'
import { hintsOf } from '#local/hints.ts'
import type { Switches } from '#local/switches.ts'

/** EC2's news of instances, and what their guests do by themselves. */
export interface InstanceNews {
  /** Sends the news that the emulator has, where its answer to a call says that there are some. Never throws. */
  hear(answer: Answer | null): Promise<void>
  /** The guest shuts itself down: no call is made, and none is recorded. Throws a sentence where it is not running. */
  shutDown(instanceId: string): Promise<void>
}

/** What the news need of the door that they come through. */
export interface NewsOptions {
  readonly moto: Upstream
  readonly bus: EventBus
  readonly switches: () => Switches
  readonly closed: AbortSignal
  readonly account: string
  readonly region: string
}

interface Change {
  readonly account: string
  readonly region: string
  readonly id: string
  readonly state: string
}

/** The header of an answer that there is news, for the door alone. */
export const NEWS = 'x-local-news'

/** Makes the way of EC2's news to the bus. */
export function createInstanceNews(options: NewsOptions): InstanceNews {
  const { moto, bus, switches, closed, account, region } = options

  async function ask(what: object): Promise<void> {
    const scope = `Credential=AKIALOCALNEWS0000000/20260101/${region}/ec2/aws4_request`
    const headers = {
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-www-form-urlencoded',
    }
    // Any call would do: the emulator looks at the header alone.
    const call = readCall('POST', '/', headers, Buffer.from('Action=DescribeRegions&Version=2016-11-15'))
    const hints = hintsOf(call, switches(), account)
    const answer = await moto.send(call, { ...hints, 'x-local-ask': JSON.stringify(what) })
    const { news, message } = JSON.parse(answer.body.toString('utf8')) as { news?: Change[]; message?: string }
    if (!news) throw new Error(message ?? `The emulator of EC2 answered ${answer.status}.`)
    // One region has one bus, and another account one of its own.
    const own = news.filter((change) => change.account === account && change.region === region)
    for (const change of own) bus.send(eventOf(change))
    const ended = new Set(own.filter(({ state }) => state === 'terminated').map(({ id }) => id))
    if (own.some(({ id, state }) => state === 'shutting-down' && !ended.has(id))) later(switches().terminateMs + 30)
  }

  /** The end comes without a call. */
  function later(ms: number): void {
    void told(sleep(ms, undefined, { signal: closed }).then(() => ask({})))
  }

  function told(telling: Promise<void>): Promise<void> {
    return telling.catch((error: Error) => {
      if (!closed.aborted) console.error(`The news of an instance was not sent: ${error.message}`)
    })
  }

  return {
    async hear(answer) {
      if (answer?.headers[NEWS]) await told(ask({}))
    },
    shutDown: (instanceId) => ask({ shutDown: instanceId }),
  }
}

/** As EC2 sends it: the state alone, neither why nor by whom. */
function eventOf({ account, region, id, state }: Change): BusEvent {
  return {
    source: 'aws.ec2',
    'detail-type': 'EC2 Instance State-change Notification',
    detail: { 'instance-id': id, state },
    resources: [`arn:aws:ec2:${region}:${account}:instance/${id}`],
    time: `${new Date().toISOString().slice(0, 19)}Z`,
  }
}
