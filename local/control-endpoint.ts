import type { ServerResponse } from 'node:http'
import type { DoorState } from '#local/door-state.ts'
import { eventOf } from '#local/trail-event.ts'

/** Answers the control calls below `/_cloud/`. Only loopback reaches them: the door listens nowhere else. */
export async function answerControl(
  state: DoorState,
  method: string,
  url: string,
  body: Buffer,
  outgoing: ServerResponse,
): Promise<void> {
  outgoing.setHeader('content-type', 'application/json')
  try {
    outgoing.end(JSON.stringify(await controlled(state, `${method} ${url.slice('/_cloud/'.length)}`, body)))
  } catch (error) {
    outgoing.statusCode = 400
    outgoing.end(JSON.stringify({ message: (error as Error).message }))
  }
}

async function controlled(state: DoorState, route: string, body: Buffer): Promise<unknown> {
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
    case 'POST emit':
      return state.bus.put(eventOf(JSON.parse(body.toString('utf8'))))
    case 'POST reset':
      state.reset()
      return {}
    default:
      throw new Error(`Expected health, calls, events, switches, release, emit or reset, got '${route}'.`)
  }
}
