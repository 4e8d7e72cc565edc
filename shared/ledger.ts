import type { Grace, Origin, Round } from '#shared/finding.ts'
import type { BoxRequest } from '#shared/jump/box-request.ts'
import type { Step } from '#shared/plan.ts'
import type { Entry, Head, History, Person, StepOutcome } from '#shared/story.ts'
import type { Suspicion } from '#shared/suspicion.ts'

/** An intent older than this may be claimed by another run: the one that wrote it is dead, or its call is long over. */
export const INTENT_TIMEOUT = 30_000
/** How long other runs leave an incident to the one that is at it. */
export const HOLD = 60_000

/** What a person was asked, and what they said. The first word counts. */
export interface Ask {
  readonly incident: string
  /** The digest of the plan that is asked for: an approval is good for this plan and no other. */
  readonly hash: string
  readonly at: number
  /** Until when (milliseconds) it can be approved; then it is asked anew. */
  readonly expires: number
  readonly reminded: boolean
  /** How often it was asked. */
  readonly times: number
  readonly state: 'asked' | 'approved' | 'declined'
  readonly by?: Person
  readonly decidedAt?: string
}

/** Who switched a response off, when and why. */
export interface Disarmed {
  readonly by: Person
  readonly at: string
  readonly reason: string
}

/**
 * What bounds a response: the kill switch, and the tokens that are out. A token is a name (`act#07`) that stands for one
 * subject and comes back at a time: so many names, so many subjects within that time.
 */
export interface Guard {
  readonly disarmed: Disarmed | null
  readonly tokens: readonly Token[]
  /** Subjects that something has few of, in words, as the last sweep saw it: a look has no time to find that out. */
  readonly scarce?: Scarce
}

export type Scarce = Readonly<Record<string, string>>

export interface Token {
  readonly name: string
  readonly subject: string
  readonly until: number
}

/** A change that somebody set out to make. It excludes a second try until it is settled or too old to still be running. */
export interface Intent {
  readonly step: Step
  readonly incident: string
  readonly run: string
  readonly at: number
  readonly state: 'intended' | StepOutcome['what']
}

/** What the ledger knows of a subject: one query. */
export interface Memory {
  /** The open incident, what was last told of it, and which run is at it until when. */
  readonly open: {
    readonly incident: string
    readonly summary: string
    readonly told: string
    readonly run: string
    readonly until: number
    /** What was done stands until a person releases it: the incident is kept, and looked after. */
    readonly held: boolean
  } | null
  readonly intents: readonly Intent[]
  readonly graces: readonly Grace[]
  readonly origins: readonly Origin[]
  readonly rounds: readonly Round[]
  readonly suspicions: readonly Suspicion[]
  /** Who wants it, of a subject that is there because somebody asked for it. */
  readonly request: BoxRequest | null
  readonly ask: Ask | null
  readonly guard: Guard
  /** When CloudTrail last spoke of the subject; milliseconds, 0 for never. */
  readonly lastEvent: number
}

/** Whose ledger page it is: one subject of one response. */
export interface Page {
  readonly response: string
  readonly subject: string
}

/** Everything that must be true and written before anything is changed: one transaction. */
export interface Claim extends Page {
  readonly head: Head
  /**
   * What becomes of the subject's open incident: `open` a new one, `join` the one there is, `take-up` the one there is
   * unless another run is at it, `leave` it alone, `let-go` of the one that is held, so that nobody looks after it.
   */
  readonly hold: 'open' | 'join' | 'take-up' | 'leave' | 'let-go'
  readonly run: string
  readonly now: number
  /** Until when (milliseconds) others leave the incident to this run. */
  readonly until: number
  readonly entries: readonly Entry[]
  readonly steps: readonly Step[]
  /** The intents as they were read: of steps that must not be taken twice, the claim is lost where one has changed since. */
  readonly seen?: readonly Intent[]
  readonly graces?: readonly Grace[]
  /** Settled intents to delete, by their steps. */
  readonly forget?: readonly string[]
  /** Holds only while nobody has switched the response off. */
  readonly armed?: boolean
  /** The breaker's token for this subject; lost where another subject has just taken it. */
  readonly token?: Token
  readonly origins?: readonly Origin[]
  readonly rounds?: readonly Round[]
  readonly suspicions?: readonly Suspicion[]
  /** Suspicions that are over, by their ids. */
  readonly cleared?: readonly string[]
  readonly ask?: AskChange
}

/**
 * A new or renewed ask, or none any more, in place of the one that was read: lost where somebody has just answered that.
 */
export type AskChange = { readonly was: Ask | null; readonly is: Ask } | { readonly was: Ask; readonly is: null }

/** A message in Slack: where it stands, and as of when (milliseconds) it tells. Without `ts` somebody is about to post it. */
export interface SlackMessage {
  readonly ts: string
  readonly channel: string
  readonly at: number
  readonly reservedAt: number
}

/** Something that somebody wanted and did not get. */
export interface Refusal {
  readonly response: string
  readonly subject: string
  readonly at: string
  readonly from: string
  readonly why: string
}

export type Outcome = 'settled' | 'asked' | 'watched' | 'spared' | 'ignored'

/** Where a sweep stands. */
export interface SweepState {
  /** Where to go on; absent when the last one came to the end. */
  readonly cursor?: string
  readonly startedAt: number
  /** When a sweep last came to its end; 0 for never. */
  readonly completedAt: number
}

export interface Ledger {
  recall(page: Page): Promise<Memory>
  /** `lost`: another run holds what was to be claimed, or the world of the ledger moved: look again. */
  claim(claim: Claim): Promise<'claimed' | 'lost'>
  /** Writes what came of steps: entries, and the state of their intents. */
  record(
    page: Page,
    incident: string,
    entries: readonly Entry[],
    states: Readonly<Record<string, Intent['state']>>,
  ): Promise<void>
  /** Writes the verdict on the incident's head, beside its entries. */
  verified(head: Head, entries: readonly Entry[]): Promise<void>
  /** Writes what is asked. False where somebody has just answered what was asked before. */
  ask(page: Page, change: AskChange): Promise<boolean>
  /** A person's word on an ask. False where it is not this plan that is asked, another was first, or it has expired. */
  answer(
    page: Page,
    word: {
      readonly incident: string
      readonly hash: string
      readonly state: 'approved' | 'declined'
      readonly now: number
    },
    entry: Extract<Entry, { by: Person; hash: string }>,
  ): Promise<boolean>
  askOf(page: Page): Promise<Ask | null>
  guard(response: string): Promise<Guard>
  /** Keeps what the sweep found scarce, in place of what it found before. */
  keepScarce(response: string, scarce: Scarce): Promise<void>
  /** Switches a response off, or on again (null), and keeps who did, and why. */
  setDisarmed(response: string, disarmed: Disarmed | null, by: Person, reason: string): Promise<void>
  /**
   * Leaves word for the run that is at the subject: it looks again before it lets go. False where no other run is at it.
   */
  leaveWord(page: Page, run: string, now: number, suspicions: readonly Suspicion[]): Promise<boolean>
  /** Keeps why a subject is suspicious, where there is nothing else to write. */
  suspect(page: Page, suspicions: readonly Suspicion[]): Promise<void>
  /** Takes a token by itself; false where it is out. */
  take(response: string, token: Token, now: number): Promise<boolean>
  /** Keeps who made what, where there is nothing else to write. */
  keepOrigins(page: Page, origins: readonly Origin[], now: number): Promise<void>
  /** The digest of the last entry that this process has read or written of the incident; empty where it knows none. */
  chainHead(incident: string): string
  /**
   * Lets go of the incident, once people are told: closes it, or keeps what was told of it. Until then it counts as open,
   * so that the next look finishes what a dead run left. `held`: what was done stands, and is looked after from now on.
   * `lost`: another run has taken it over. `word`: somebody has left word since, so it has to be looked at again.
   */
  release(
    page: Page,
    incident: string,
    run: string,
    end: { readonly status: Head['status']; readonly held: boolean; readonly told: string },
  ): Promise<'released' | 'lost' | 'word'>
  /** Marks an incident as undone, with its last entry; and as over, where it was held. */
  undone(head: Head, entry: Entry, end?: { readonly closes: boolean }): Promise<void>
  /**
   * Counts an event once, however often it is delivered: true for the first time. Where CloudTrail told of it, that is kept
   * as when it last did: nobody else's word shows that we hear.
   */
  count(
    event: {
      readonly response: string
      readonly id: string
      readonly outcome: Outcome
      readonly at: number
      readonly heard: boolean
    },
    pages: readonly Page[],
  ): Promise<boolean>
  /**
   * Keeps a new request, as the one that its person has in its zone, and their key. False where they have another one there
   * than `instead`.
   */
  addRequest(request: BoxRequest, instead: string | null): Promise<boolean>
  /** Changes a request; false where it is no longer as it was read. */
  changeRequest(is: BoxRequest): Promise<boolean>
  /** The id of the last request of a person in a zone. */
  requestOf(person: string, zone: string): Promise<string | null>
  /** The key that a person gave last. */
  keyOf(person: string): Promise<string | null>
  /** The message in Slack that tells of an incident in a channel, or to a person. */
  messageOf(incident: string, channel: string): Promise<SlackMessage | null>
  keepMessage(incident: string, channel: string, message: SlackMessage): Promise<void>
  /** Takes the place of a first message that is about to be posted; false where another run was faster. */
  reserveMessage(incident: string, channel: string, was: SlackMessage | null, reservedAt: number): Promise<boolean>
  /** Keeps that something was refused, and why. */
  refused(what: Refusal): Promise<void>
  history(incident: string): Promise<History | null>
  /** When CloudTrail last told of an event of the response; milliseconds, 0 for never. To the minute. */
  lastEvent(response: string): Promise<number>
  incidents(status: Head['status'], limit: number): Promise<readonly Head[]>
  sweep(response: string): Promise<SweepState | null>
  saveSweep(response: string, state: SweepState): Promise<void>
}
