import type { ServerResponse } from 'node:http'
import type { DoorState } from '#local/door-state.ts'
import type { InstanceNews } from '#local/instance-news.ts'
import { eventOf } from '#local/trail-event.ts'

const KNOWN =
  'health, calls, events, switches, release, emit, forge, archive-finding, forget-finding, shut-down or reset'

/** Answers the control calls below `/_cloud/`. Only loopback reaches them: the door listens nowhere else. */
export async function answerControl(
  state: DoorState,
  news: InstanceNews,
  method: string,
  url: string,
  body: Buffer,
  outgoing: ServerResponse,
): Promise<void> {
  outgoing.setHeader('content-type', 'application/json')
  try {
    outgoing.end(JSON.stringify(await controlled(state, news, `${method} ${url.slice('/_cloud/'.length)}`, body)))
  } catch (error) {
    outgoing.statusCode = 400
    outgoing.end(JSON.stringify({ message: (error as Error).message }))
  }
}

async function controlled(state: DoorState, news: InstanceNews, route: string, body: Buffer): Promise<unknown> {
  switch (route) {
    case 'GET health':
      return { status: 'ok', held: state.faults.held() }
    case 'GET calls':
      return state.calls
    case 'GET events':
      return state.bus.emitted()
    case 'GET switches':
      return state.switches()
    case 'POST switches':
      return state.change(JSON.parse(body.toString('utf8')))
    case 'POST release':
      return { released: state.faults.release() }
    case 'POST emit': {
      const event = eventOf(JSON.parse(body.toString('utf8')))
      // GuardDuty knows what it sends, whether or not it arrives.
      state.guardDuty.hear(event)
      return state.bus.put(event)
    }
    case 'POST forge':
      return state.bus.put(eventOf(JSON.parse(body.toString('utf8'))))
    case 'POST archive-finding':
      state.guardDuty.archive(JSON.parse(body.toString('utf8')) as string)
      return {}
    case 'POST forget-finding':
      state.guardDuty.forget(JSON.parse(body.toString('utf8')) as string)
      return {}
    case 'POST shut-down':
      await news.shutDown(JSON.parse(body.toString('utf8')) as string)
      return {}
    case 'POST reset':
      state.reset()
      return {}
    default:
      throw new Error(`Expected ${KNOWN}, got '${route}'.`)
  }
}
