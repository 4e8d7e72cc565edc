import { errorText, Fault } from '#shared/fault.ts'

/** An error as `--json` prints it. */
export const errorJson = (code: string, message: string): string => JSON.stringify({ error: { code, message } })

/** A failure's code and sentence. What nobody expected is a bug: it has no sentence of its own, but no stack trace either. */
export const told = (error: unknown): { readonly code: string; readonly message: string } =>
  error instanceof Fault ? { code: error.code, message: error.sentence } : { code: 'bug', message: errorText(error) }
