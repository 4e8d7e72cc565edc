import type { Call } from '#local/call.ts'
import type { LoggedCall } from '#local/call-log.ts'
import { chanceOf } from '#local/chance.ts'
import { endRun } from '#local/end-run.ts'
import { createEventBus, type EventBus } from '#local/event-bus.ts'
import { createFaults, type Faults } from '#local/faults.ts'
import { createGuardDuty, type GuardDuty } from '#local/guard-duty.ts'
import { CALM, changeSwitches, type Switches } from '#local/switches.ts'

/** Everything about the front door that changes: what it saw, what it sent, and how it is told to behave. */
export interface DoorState {
  readonly bus: EventBus
  readonly faults: Faults
  readonly calls: LoggedCall[]
  /** Keeps its findings over a reset, as the emulators do. */
  readonly guardDuty: GuardDuty
  /** Ends the function's process that made this call. */
  endRun(call: Call): boolean
  /** Aborted once the door closes: nothing is to be sent any more. */
  readonly closed: AbortSignal
  /** Ends what the door still has under way. */
  close(): void
  switches(): Switches
  change(change: unknown): Switches
  /** Back to calm, with empty logs. The emulators keep their state. */
  reset(): void
}

/** The state of a door whose event bus is the emulator's at `busUrl`, and whose functions show `workerWord`. */
export function createDoorState(busUrl: string, region: string, workerWord: string): DoorState {
  const calls: LoggedCall[] = []
  const faults = createFaults()
  const closing = new AbortController()
  let switches = CALM
  const bus = createEventBus(busUrl, region, () => switches, chanceOf(CALM.seed))
  return {
    bus,
    faults,
    calls,
    guardDuty: createGuardDuty(),
    endRun: (call) => endRun(call, workerWord),
    closed: closing.signal,
    close() {
      closing.abort()
      bus.stop()
      faults.release()
    },
    switches: () => switches,
    change(change) {
      switches = changeSwitches(switches, change)
      if (Object.hasOwn(change as object, 'faults')) faults.set(switches.faults)
      if (Object.hasOwn(change as object, 'seed')) bus.reseed(chanceOf(switches.seed))
      return switches
    },
    reset() {
      calls.length = 0
      switches = CALM
      faults.set([])
      faults.release()
      bus.forget()
      bus.reseed(chanceOf(CALM.seed))
    },
  }
}
