import type { LoggedCall } from '#local/call-log.ts'
import type { Emitted } from '#local/event-bus.ts'
import { denied } from '#local/fault-forms.ts'
import type { Fault, Foreign, Switches } from '#local/switches.ts'

export type { LoggedCall } from '#local/call-log.ts'
export type { BusEvent, Emitted } from '#local/event-bus.ts'
export type { Fault, Foreign, Switches } from '#local/switches.ts'

/** The control endpoint of a running cloud. */
export interface Control {
  health(): Promise<{ readonly status: 'ok'; readonly held: number }>
  /** Every call since the last reset, in the order of their answers. */
  calls(): Promise<readonly LoggedCall[]>
  /** Every event sent since the last reset. */
  events(): Promise<readonly Readonly<Emitted>[]>
  switches(): Promise<Switches>
  /** Changes the switches given and leaves the others; `faults` replaces the whole list. */
  change(switches: Partial<Switches>): Promise<Switches>
  /** `change({ faults })`, spelled shorter. */
  break(...faults: readonly Fault[]): Promise<Switches>
  /**
   * `break(…)` for calls that IAM would deny, in dry runs too: the given actions are, and nothing else is broken. EC2's
   * by their names alone, those of other services as IAM spells them: `iam:PutRolePolicy`.
   */
  deny(...actions: readonly string[]): Promise<Switches>
  /** `change({ foreign })`, spelled shorter: these groups and prefix lists are another account's, and no others. */
  share(...foreign: readonly Foreign[]): Promise<Switches>
  /** Lets every held call go on and says how many there were. */
  release(): Promise<number>
  /** Puts an event on the bus at once: an EventBridge event, or a CloudTrail record to wrap. */
  emit(event: unknown): Promise<Emitted>
  /** Puts an event on the bus that the service it names does not know of: GuardDuty has no such finding. */
  forge(event: unknown): Promise<Emitted>
  /** GuardDuty's finding of that id, sent before, is archived. */
  archiveFinding(id: string): Promise<void>
  /** GuardDuty's finding of that id is gone, as they are after 90 days. */
  forgetFinding(id: string): Promise<void>
  /**
   * The guest of that instance shuts itself down: it is terminated or stopped, as its shutdown behaviour says, without
   * a call.
   */
  shutDownGuest(instanceId: string): Promise<void>
  /** Empties the logs and turns every switch off. The emulators keep their state. */
  reset(): Promise<void>
}

/** The control of the cloud at that URL. */
export function controlOf(url: string): Control {
  async function ask<Answer>(method: 'GET' | 'POST', name: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${url}/_cloud/${name}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Answer & { readonly message?: string }
    if (!response.ok) throw new Error(answer.message ?? `The local cloud answered ${response.status} to '${name}'.`)
    return answer
  }
  return {
    health: () => ask('GET', 'health'),
    calls: () => ask('GET', 'calls'),
    events: () => ask('GET', 'events'),
    switches: () => ask('GET', 'switches'),
    change: (switches) => ask('POST', 'switches', switches),
    break: (...faults) => ask('POST', 'switches', { faults }),
    deny: (...actions) => ask('POST', 'switches', { faults: actions.map((action) => denied(action)) }),
    share: (...foreign) => ask('POST', 'switches', { foreign }),
    release: async () => (await ask<{ released: number }>('POST', 'release')).released,
    emit: (event) => ask('POST', 'emit', event),
    forge: (event) => ask('POST', 'forge', event),
    archiveFinding: async (id) => {
      await ask('POST', 'archive-finding', id)
    },
    forgetFinding: async (id) => {
      await ask('POST', 'forget-finding', id)
    },
    shutDownGuest: async (instanceId) => {
      await ask('POST', 'shut-down', instanceId)
    },
    reset: async () => {
      await ask('POST', 'reset')
    },
  }
}
