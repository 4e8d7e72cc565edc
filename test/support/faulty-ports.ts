import { Fault } from '#shared/fault.ts'
import type { Ledger } from '#shared/ledger.ts'
import type { Ports } from '#shared/ports.ts'

/** How one call goes wrong. `repeated`: the answer is lost, and the SDK makes the call again before anybody hears of it. */
export type Kind = 'throttled' | 'denied' | '5xx' | 'time-out' | 'lost' | 'repeated' | 'killed'

export interface CallFault {
  /** As IAM spells it: `ec2:CreateTags`, `dynamodb:Query`; or `ec2:*`, when all of a service is out. */
  readonly call: string
  readonly kind: Kind
  /** Which use of the call it hits, from 0; without it, every one. */
  readonly nth?: number
  /** From which use on. */
  readonly from?: number
}

/** What a call says that goes wrong in this way, once the SDK has given up. */
const said = {
  throttled: ['RequestLimitExceeded', 'Request limit exceeded.'],
  denied: ['UnauthorizedOperation', 'You are not authorized to perform this operation.'],
  '5xx': ['InternalError', 'An internal error has occurred.'],
  'time-out': ['TimeoutError', 'socket hang up'],
  lost: ['TimeoutError', 'Connection timed out after 5000 ms'],
} as const

const errorOf = (call: string, kind: keyof typeof said): Error => {
  const [name, message] = said[kind]
  // Whatever DynamoDB can't do comes out of the ledger as one code.
  return call.startsWith('dynamodb:')
    ? new Fault('ledger-unreachable', `Expected DynamoDB to answer; it said ${name}: ${message}`)
    : Object.assign(new Error(message), { name })
}

const never = () => new Promise<never>(() => {})
const QUERIES: readonly (keyof Ledger)[] = ['recall', 'guard', 'history', 'incidents', 'sweep', 'askOf', 'lastEvent']

/**
 * The ports of one run in which a call goes wrong. A run that is killed hears nothing any more, whatever it waits for:
 * `killed` is all that tells. `uses` counts how often each call was made.
 */
export function faultyPorts(ports: Ports, fault?: CallFault) {
  const uses = new Map<string, number>()
  let meant = 0
  let isDead = false
  let die: () => void = () => {}
  const killed = new Promise<'killed'>((resolve) => {
    die = () => resolve('killed')
  })
  async function make<T>(call: string, perform: () => Promise<T>): Promise<T> {
    if (isDead) return never()
    uses.set(call, (uses.get(call) ?? 0) + 1)
    const isMeant = fault?.call === call || fault?.call === call.replace(/:.*/, ':*')
    const nth = isMeant ? meant++ : 0
    const hits = isMeant && (fault.nth ?? nth) === nth && nth >= (fault.from ?? 0)
    const kind = hits ? fault.kind : undefined
    if (kind === 'lost' || kind === 'repeated' || kind === 'killed') {
      // A refusal is lost as well.
      await perform().catch(() => {})
      if (kind === 'lost') throw errorOf(call, kind)
      if (kind === 'repeated') return perform()
      isDead = true
      die()
      return never()
    }
    if (kind) throw errorOf(call, kind)
    const answer = await perform()
    return isDead ? never() : answer
  }
  const wrap = (call: string, perform: (...input: never[]) => unknown) =>
    ((...input: never[]) => make(call, async () => perform(...input))) as never
  const reads = Object.entries(ports.reads).map(([call, read]) => [call, wrap(call, read)])
  const rows = Object.entries(ports.mutations).map(([call, row]) => [call, { ...row, send: wrap(call, row.send) }])
  const ledger = Object.entries(ports.ledger).map(([name, method]) => {
    const call = QUERIES.includes(name as keyof Ledger) ? 'dynamodb:Query' : 'dynamodb:TransactWriteItems'
    return [name, name === 'chainHead' ? method : wrap(call, method)]
  })
  const faulty: Ports = {
    ...ports,
    reads: Object.fromEntries(reads),
    mutations: Object.fromEntries(rows),
    ledger: Object.fromEntries(ledger),
    clock: { ...ports.clock, sleep: async (pause) => (isDead ? never() : ports.clock.sleep(pause)) },
  }
  return { ports: faulty, uses, killed }
}
