import { constants } from 'node:os'

/** What tells the demo to end before its time: Ctrl-C, a closed terminal, a supervisor. */
export interface Interrupt {
  readonly signal: AbortSignal
  /** Rejects when it comes; never resolves. */
  readonly rejects: Promise<never>
  /** The exit code that says which signal it was. */
  code(): number
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Begins to listen. A second signal does not wait for the clean-up: whatever is left dies with this process. */
export function listenForInterrupts(): Interrupt {
  const controller = new AbortController()
  let code = 0
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (code > 0) process.exit(code)
      code = 128 + constants.signals[name]
      controller.abort()
    })
  }
  const rejects = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason))
  })
  rejects.catch(() => {})
  return { signal: controller.signal, rejects, code: () => code }
}
