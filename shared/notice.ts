import type { Afterwards } from '#shared/afterwards.ts'
import type { Decided } from '#shared/decision.ts'
import { describe } from '#shared/describe.ts'
import type { Fault } from '#shared/fault.ts'
import { quote } from '#shared/kit/quote.ts'
import type { Ask } from '#shared/ledger.ts'
import type { Step } from '#shared/plan.ts'
import type { Signal } from '#shared/signal.ts'
import type { Head, Timings } from '#shared/story.ts'
import type { Verdict } from '#shared/verdict.ts'

/** What people and machines are told. The subject is what SNS takes: ASCII, one line, at most 100 characters. */
export interface Notice {
  readonly subject: string
  readonly text: string
  /** The same for machines; a digest has one of them per incident. */
  readonly facts: Readonly<Record<string, unknown>>
  /** Who answers for the subject, by its own tag: lets a subscription filter too. */
  readonly owner?: string
  /** Lets a subscription filter: `info` nothing to do, `important` something changed, `critical` something is wrong. */
  readonly importance: 'info' | 'important' | 'critical'
}

export interface Story extends Afterwards {
  readonly stage: string
  readonly head: Head
  readonly verdict: Verdict
  /** What is left. */
  readonly decided: readonly Decided[]
  /** What was done, and what was found done after a run that died. */
  readonly steps: readonly Step[]
  /** What the steps took away, with the clause that said so. */
  readonly cured: readonly Decided[]
  /** What AWS had no room for, and the rest was done without. */
  readonly forgone: readonly Step[]
  readonly failures: readonly Fault[]
  readonly signal: Signal
  readonly timings: Timings
  /** A sweep or AWS Config found it, and no event had told of it. */
  readonly missed: boolean
  /** What somebody did to a subject that is in our hold. */
  readonly disturbed: string | null
  /** What the second look proves, beside that nothing is left. */
  readonly proof: object | null
  /** What a person is asked, and the plan that it is about. */
  readonly ask: Ask | null
  readonly plan: readonly Step[]
  /** The digest of the incident's last entry: kept outside the ledger, it tells whether somebody rewrote the story. */
  readonly chain: string
}

/** From how many times within a day on an actor that puts a door back is something wrong by itself. */
const ESCALATES = 3

/** The notice of one incident. Text that an attacker may have written is quoted and cut. */
export function noticeOf(story: Story): Notice {
  const { stage, head, verdict, decided, steps, cured, forgone, failures, signal, timings } = story
  const chain = story.chain ? ` --chain ${story.chain}` : ''
  // What is held is released; what is over is undone.
  const verb = cured.some((one) => describe(one).contained !== undefined) ? 'release' : 'undo'
  const undo = `npx portcullis ${verb} ${head.id} --stage ${stage}${chain} --reason "…"`
  const rounds = Math.max(
    0,
    ...cured.map(({ finding }) => (finding.finding === 'open-ingress' ? (finding.again?.times ?? 0) : 0)),
  )
  const undoable = steps.some((step) => step.tier !== 'none')
  const done = steps.length > 0 && verdict !== 'partial'
  const actor = signal.kind === 'api-call' ? signal.actor : undefined
  const lines = [
    headline(story),
    ...(story.disturbed ? [`TAMPERED: it is in our hold, and ${story.disturbed}.`] : []),
    `Account ${head.account}, region ${head.region}, incident ${head.id}.`,
    ...(actor
      ? [
          `${head.response === 'open-ingress' ? 'Opened' : 'Called'} by ${quote(actor.name, 200)}${actor.address ? ` from ${quote(actor.address, 45)}` : ''}.`,
        ]
      : foundBy(story)),
    ...(story.proof ? proofLines(story.proof) : []),
    ...approvals(cured),
    ...(rounds >= ESCALATES
      ? [`ESCALATED: it was closed ${rounds} times before within a day, and each time somebody opened it again.`]
      : []),
    ...cured.flatMap((one) => ['', ...describe(one).cured(one, done)]),
    ...forgone.map((step) => `NOT DONE, for AWS has no room for it: ${step.title}`),
    ...failures.map((fault) => `FAILED (${fault.code}): ${fault.sentence}`),
    ...decided.flatMap((one) => ['', ...describe(one).left(one)]),
    ...askLines(story),
    ...(story.surroundings.lines.length > 0 ? ['', ...story.surroundings.lines] : []),
    ...breakerLines(story),
    ...(undoable ? ['', `Put it back: ${undo}`, ...new Set(cured.map((one) => describe(one).putBack))] : []),
  ]
  return {
    subject: ascii(`Portcullis ${verdict}: ${head.summary}`),
    text: lines.join('\n'),
    ...ownerOf([...cured, ...decided]),
    importance: importanceOf(story, rounds),
    facts: {
      incident: head.id,
      response: head.response,
      verdict,
      subject: head.subject,
      account: head.account,
      region: head.region,
      event: signal.kind === 'api-call' ? signal.id : null,
      actor: actor ? { type: quote(actor.type, 40), name: quote(actor.name, 200) } : null,
      timings,
      cured: cured.map(factsOf),
      left: decided.map(factsOf),
      failures: failures.map((fault) => ({ code: fault.code, message: fault.sentence })),
      ...(forgone.length > 0 ? { forgone: forgone.map((step) => step.title) } : {}),
      undo: undoable ? undo : null,
      takeBack: undoable ? verb : null,
      chain: story.chain,
      missed: story.missed,
      ...(story.proof ? { proof: story.proof } : {}),
      ...(story.ask ? { ask: askFacts(story) } : {}),
      ...story.surroundings.facts,
      ...(story.leftByBreaker?.length === 0
        ? {}
        : { leftByBreaker: story.leftByBreaker?.slice(0, 200).map(({ id, subject }) => [id, subject]) ?? null }),
    },
  }
}

function importanceOf({ disturbed, verdict, steps }: Story, rounds: number): Notice['importance'] {
  if (disturbed) return 'critical'
  if (verdict === 'ready' || verdict === 'ending' || verdict === 'gone') return 'info'
  if (verdict !== 'contained') return verdict === 'open' ? 'important' : 'critical'
  if (steps.length === 0) return 'info'
  return rounds >= ESCALATES ? 'critical' : 'important'
}

function foundBy({ signal, missed, cured, head: { response } }: Story): string[] {
  if (response === 'jump-box') return []
  if (signal.kind === 'approval')
    return cured.length > 0 ? [] : ['What a person approved is not what would be done now: nothing was done.']
  const why = 'is a trail logging management events here?'
  if (signal.kind === 'config-change')
    return [`AWS Config saw it change.${missed ? ` No event had told of it: ${why}` : ''}`]
  if (signal.kind === 'host-alert') return [`Told by ${ACCUSERS[signal.suspicion.from]}.`]
  if (signal.kind === 'snapshots-done') return ['Snapshots were completed.']
  return [missed ? `Found by the sweep, and no event had told of it: ${why}` : 'Found by the sweep.']
}

const ACCUSERS = {
  guardduty: 'GuardDuty',
  'security-hub': 'Security Hub',
  'config-rule': 'a rule of AWS Config',
  launch: 'its launch',
  person: 'a person',
} as const

/** Who approved what was done, where somebody had to: said whatever it was that made us look. */
const approvals = (cured: readonly Decided[]): string[] => [
  ...new Set(
    cured.flatMap(({ decision: { because } }) =>
      because.clause.startsWith('approval of ') ? [`${because.says}.`] : [],
    ),
  ),
]

const approveCommand = ({ stage, head }: Story, { hash }: Ask): string =>
  `npx portcullis approve ${head.id} --stage ${stage} --plan ${hash} --reason "…"`

/** What a person is asked: the calls, how to say yes, and until when. */
function askLines(story: Story): string[] {
  const { ask } = story
  if (!ask) return []
  const until = new Date(ask.expires).toISOString()
  if (ask.state !== 'asked') {
    const anew = story.head.response === 'jump-box' ? '' : ', then it is asked anew'
    const left = ask.state === 'declined' ? `: it is left until ${until}${anew}` : ''
    return ['', `${ask.by?.name ?? 'Somebody'} ${ask.state} this at ${ask.decidedAt}${left}.`]
  }
  return [
    '',
    ask.reminded
      ? 'REMINDER: nobody has answered yet.'
      : ask.times > 1
        ? `ASKED AGAIN, ${ask.times} times by now: the ask before has expired, and it is still open.`
        : 'ASKED: it is done when a person approves it.',
    ...story.plan.slice(0, 20).map((step) => `  would be done: ${step.title}`),
    `Approve it, until ${until}: ${approveCommand(story, ask)}`,
    'To have it left alone: the same with decline in place of approve.',
  ]
}

const askFacts = (story: Story): object => {
  const { hash, expires, times, reminded, state } = story.ask!
  return {
    hash,
    expires: new Date(expires).toISOString(),
    times,
    reminded,
    state,
    approve: approveCommand(story, story.ask!),
  }
}

function breakerLines({ leftByBreaker }: Story): string[] {
  if (leftByBreaker === null)
    return ['', 'The breaker is open. What else it leaves to you could not be read: npx portcullis incidents.']
  if (leftByBreaker.length === 0) return []
  const shown = leftByBreaker.slice(0, 20)
  return [
    '',
    'The breaker is open. It also leaves to you:',
    ...shown.map((head) => `  ${head.summary} (${head.id})`),
    ...(leftByBreaker.length > shown.length ? [`  … and ${leftByBreaker.length - shown.length} more`] : []),
  ]
}

const factsOf = (one: Decided): object => ({
  finding: one.finding.finding,
  subject: one.finding.subject,
  mode: one.decision.mode,
  because: one.decision.because.clause,
  ...describe(one).facts(one.finding),
})

function headline({ head, verdict, decided, steps, cured, failures }: Story): string {
  if (verdict === 'contained')
    return steps.length > 0
      ? `CONTAINED: ${head.summary} ${cured[0] ? (describe(cured[0]).contained ?? 'is closed') : 'is closed'}; a second look found nothing left.`
      : `CONTAINED: ${head.summary} is over; somebody else ended it, or what it was about is gone.`
  if (verdict === 'ready') return `READY: ${head.summary} is open.`
  if (verdict === 'ending') return `ENDING: ${head.summary} is shutting down.`
  if (verdict === 'gone') return `GONE: ${head.summary} is over; a second look found nothing of it left.`
  if (verdict === 'leaky') return `LEAKY: ${head.summary}: traffic was seen to pass after it was cut off.`
  if (verdict === 'partial')
    return `PARTIAL: ${head.summary}, and could not be ended${failures.length > 0 ? '' : ': AWS answered success, but the rules are still there'}.`
  if (verdict === 'unverifiable')
    return `UNVERIFIABLE: ${head.summary}; the change was sent, but what is there now could not be read.`
  const by = [...new Set(decided.map(({ decision }) => `${decision.because.clause} (${decision.mode})`))].join(', ')
  // What is open to the world is no box that somebody waits for.
  const waits = decided.some(({ finding: { finding } }) => finding === 'wanted-box' || finding === 'blocked-box')
  return waits ? `WAITING: ${head.summary} is left as it is by ${by}.` : `OPEN: ${head.summary}; left so by ${by}.`
}

/** Text as SNS takes it for a subject. */
export function ascii(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?')
  return plain.length > 100 ? `${plain.slice(0, 97)}...` : plain
}

/** `newPaths: closed` as words: each fact by itself. */
const proofLines = (proof: object): string[] => [
  `Proven: ${Object.entries(proof)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')}.`,
]

/** SNS takes an attribute of some printable characters without trouble: an owner is what a tag says. */
function ownerOf(all: readonly Decided[]): Pick<Notice, 'owner'> {
  const owner = all.map(({ finding }) => ('owner' in finding ? finding.owner : undefined)).find(Boolean)
  return owner ? { owner: ascii(owner) } : {}
}
