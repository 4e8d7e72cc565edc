/**
 * What can go wrong, one code each. `retryable` says whether the same call may succeed later; either way the event is
 * thrown back, so that it is retried, then kept in the dead-letter queue, and the alarm rings.
 */
export const FAULTS = {
  'event-malformed': { retryable: false, means: 'An event came in a form that nothing here can read.' },
  'policy-invalid': { retryable: false, means: 'The policy file is wrong; nothing is deployed from it.' },
  'subscriber-missing': {
    retryable: false,
    means: 'The policy asks or acts, and nobody would hear the notices; nothing is deployed from it.',
  },
  'read-denied': { retryable: false, means: 'AWS refused to let us look, so what is there is unknown.' },
  'read-failed': { retryable: true, means: 'AWS could not be asked what is there: throttled, timed out or failing.' },
  'ledger-unreachable': { retryable: true, means: 'The ledger could not be read or written, so nothing was changed.' },
  'claimed-elsewhere': { retryable: true, means: 'Another run is making the same change and has not ended yet.' },
  'step-denied': {
    retryable: false,
    means: 'AWS refused the change: a right is missing, or a policy above ours forbids it.',
  },
  'step-failed': { retryable: true, means: 'AWS did not make the change.' },
  'not-contained': {
    retryable: true,
    means: 'The change was answered with success, but the second look still finds the exposure.',
  },
  'not-converging': { retryable: true, means: 'New exposures appeared as fast as they were closed.' },
  'notice-failed': { retryable: true, means: 'The notice could not be sent; what it tells of is in the ledger.' },
  'incident-unknown': { retryable: false, means: 'The ledger holds no incident of that id.' },
  'undo-refused': {
    retryable: false,
    means: 'The undo would overwrite what somebody changed since, or there is nothing to undo.',
  },
  'answer-refused': {
    retryable: false,
    means: 'A word on an ask came too late, or for another plan than the one that is asked.',
  },
  'under-way': {
    retryable: false,
    means:
      'A function had not answered by the time its caller had to: it may go on by itself. What was said is recorded.',
  },
  'input-invalid': { retryable: false, means: 'A request to a function or command is not in the form it expects.' },
  'caller-unknown': {
    retryable: false,
    means: "A request did not come through the operators' API: who asks is not known.",
  },
  'box-unknown': { retryable: false, means: 'The ledger holds no request for a jump box of that id.' },
  'box-refused': {
    retryable: false,
    means: "A jump box is not for this person, or can't be had, extended or closed in this way.",
  },
  'slack-refused': { retryable: false, means: 'A request did not come from Slack, or not from one who may ask that.' },
  'slack-failed': { retryable: true, means: 'Slack did not take a message or open a form.' },
  'power-missing': { retryable: false, means: 'A plan holds a call that this response has not declared.' },
} as const

export type FaultCode = keyof typeof FAULTS

export const isFaultCode = (text: string | undefined): text is FaultCode =>
  text !== undefined && Object.hasOwn(FAULTS, text)

/** The one kind of error that is thrown on purpose. Its message is the code and a sentence for people. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly sentence: string
  readonly retryable: boolean
  constructor(code: FaultCode, sentence: string, cause?: unknown) {
    super(`${code}: ${sentence}`, cause === undefined ? undefined : { cause })
    this.sentence = sentence
    // Lambda reports an error's name as its type: callers and dead letters see the code.
    this.name = code
    this.code = code
    this.retryable = FAULTS[code].retryable
  }
}

/** The name that AWS gave an error (`RequestLimitExceeded`), or the error's own name. */
export const awsCode = (error: unknown): string => (error instanceof Error ? error.name : 'Unknown')

const DENIED = new Set([
  'UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'OptInRequired',
  'AuthFailure',
])

/** Whether AWS said no, as against could not. */
export const isDenied = (error: unknown): boolean => DENIED.has(awsCode(error))

/** The text of an error for people: AWS's code and sentence, cut, never a stack trace. */
export function errorText(error: unknown): string {
  const text =
    error instanceof Error && !(error instanceof Fault)
      ? `${awsCode(error)}: ${error.message}`
      : String(error instanceof Error ? error.message : error)
  return text.replace(/\p{C}+/gu, ' ').slice(0, 500)
}

/** A failure's code and sentence. What nobody expected is a bug: it has no sentence of its own, but no stack trace either. */
export const told = (error: unknown): { readonly code: FaultCode | 'bug'; readonly message: string } =>
  error instanceof Fault ? { code: error.code, message: error.sentence } : { code: 'bug', message: errorText(error) }
