import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Groups } from './canned-ec2.ts'
import type { Cut, Hosts } from './canned-host-state.ts'

/** What is asked of the canned server, over IPC. */
export type Ask = ({ readonly ask: 'reset' } & Start) | { readonly ask: 'log' }
export type Reply = { readonly url: string } | { readonly done: true } | Seen

/** What the server is to start from: these groups and hosts, so many milliseconds added to every call. */
export interface Start extends Groups {
  readonly hosts?: Hosts
  readonly latency: number
  /** Keeps the ledger's items, for a second sweep of the same doors. */
  readonly keepLedger?: boolean
}

/** What the server saw since the last reset, and the state it ended in. */
export interface Seen {
  readonly calls: readonly Call[]
  /** The ids of all inbound rules that are left. */
  readonly rules: readonly string[]
  /** What was done to hosts' interfaces, the groups that each is in now, and the quarantine groups there are. */
  readonly cuts: readonly Cut[]
  readonly groupsOf: Readonly<Record<string, readonly string[]>>
  readonly quarantine: readonly string[]
  /** As what each event was counted, by its id. */
  readonly counted: Readonly<Record<string, string>>
}

/** One call; milliseconds of the monotonic clock, `end` being when the answer was handed to the network. */
export interface Call {
  readonly call: string
  readonly start: number
  readonly end: number
  /** The size of the request's body. */
  readonly bytes: number
  readonly ok: boolean
  /** The sizes of the items of a transaction. */
  readonly items: readonly number[]
}

/** The canned server, running in a process of its own. */
export interface Cloud {
  readonly url: string
  reset(start: Start): Promise<void>
  seen(): Promise<Seen>
  stop(): void
}

export async function startCloud(): Promise<Cloud> {
  const child = fork(fileURLToPath(new URL('canned-aws.ts', import.meta.url)), { stdio: 'inherit' })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  const ask = async (message: Ask): Promise<Reply> => {
    const answered = once(child, 'message')
    child.send(message)
    return ((await answered) as [Reply])[0]
  }
  return {
    url,
    reset: async (start) => void (await ask({ ask: 'reset', ...start })),
    seen: async () => (await ask({ ask: 'log' })) as Seen,
    stop: () => child.disconnect(),
  }
}

/** When the revoke was answered: the door is shut. */
export function appliedAt({ calls }: Pick<Seen, 'calls'>): number {
  const revoke = calls.find((call) => call.call === 'ec2:RevokeSecurityGroupIngress' && call.ok)
  if (!revoke) throw new Error('Expected the run to revoke the open rule; the server saw no such call.')
  return revoke.end
}

/** How many calls of each kind were made, as one text: two runs made the same calls when these are equal. */
export const callsOf = ({ calls }: Pick<Seen, 'calls'>): string =>
  [...Map.groupBy(calls, (call) => call.call)]
    .map(([name, those]) => `${those.length} × ${name}`)
    .sort()
    .join(', ')
