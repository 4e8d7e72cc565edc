/** A function that must hear, sweep, or be able to act. */
export interface Responder {
  /** The function's name, without service and stage. */
  readonly name: string
  /** How many EventBridge rules bring it events, and how many bring it ticks: as its function.yml has them. */
  readonly events: number
  readonly ticks: number
}

/**
 * The functions that hold powers, or that hear. A test holds this list to what stands in `functions/`: a rule that is
 * gone can't be seen by looking at the rules that are there.
 */
export const responders: readonly Responder[] = [
  { name: 'close-open-ingress', events: 4, ticks: 1 },
  { name: 'undo-open-ingress', events: 0, ticks: 0 },
  { name: 'quarantine-instance', events: 7, ticks: 1 },
  { name: 'release-instance', events: 0, ticks: 0 },
  { name: 'watch-defences', events: 8, ticks: 1 },
  { name: 'preserve-host', events: 5, ticks: 1 },
  { name: 'keep-jump-boxes', events: 1, ticks: 1 },
]

/** The responses that sweep, and that can be switched off. */
export const responses: readonly string[] = [
  'open-ingress',
  'suspicious-host',
  'impaired-defences',
  'unpreserved-host',
  'jump-box',
]
