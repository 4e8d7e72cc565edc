import type { LoggedCall } from '#local/call-log.ts'
import { chanceOf } from '#local/chance.ts'
import { createEventBus, type EventBus } from '#local/event-bus.ts'
import { createFaults, type Faults } from '#local/faults.ts'
import { CALM, changeSwitches, type Switches } from '#local/switches.ts'

/** Everything about the front door that changes: what it saw, what it sent, and how it is told to behave. */
export interface DoorState {
  readonly bus: EventBus
  readonly faults: Faults
  readonly calls: LoggedCall[]
  switches(): Switches
  change(change: unknown): Switches
  /** Back to calm, with empty logs. The emulators keep their state. */
  reset(): void
}

/** The state of a door whose event bus is the emulator's at `busUrl`. */
export function createDoorState(busUrl: string, region: string): DoorState {
  const calls: LoggedCall[] = []
  const faults = createFaults()
  let switches = CALM
  const bus = createEventBus(busUrl, region, () => switches, chanceOf(CALM.seed))
  return {
    bus,
    faults,
    calls,
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
