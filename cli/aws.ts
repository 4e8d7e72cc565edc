import { awsCode, errorText, Fault, type FaultCode, isDenied } from '#shared/fault.ts'

/** What AWS is asked for, in words, and the codes of being refused and of everything else. */
interface Question {
  readonly expected: string
  readonly denied: FaultCode
  readonly failed: FaultCode
}

/** Failures that have the same remedy whoever is asked, and for which the SDK's own words name none. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/Region is missing/, 'no region is set: give --region, or set AWS_REGION'],
  [/CredentialsProviderError|Could not load credentials/, 'there are no credentials: sign in, or set AWS_PROFILE'],
  [/ExpiredToken/, 'the credentials have expired: sign in again'],
]

/** Asks AWS. A failure becomes one sentence, with what was expected and what came. */
export async function asked<T>(question: Question, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    // The ledger has wrapped what DynamoDB answered.
    const cause = error instanceof Fault && error.cause !== undefined ? error.cause : error
    const code = isDenied(cause) ? question.denied : question.failed
    throw new Fault(code, `Expected ${question.expected}; ${cameOf(cause)}.`, cause)
  }
}

/** What came instead of an answer. */
function cameOf(error: unknown): string {
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(`${awsCode(error)} ${errorText(error)}`)) ?? []
  if (remedy) return remedy
  // A connection that was tried by several addresses fails with a code alone: its message is empty.
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  const said = message || typeof code !== 'string' ? errorText(error) : code
  return `what came was ${said.replace(/[.\s]+$/, '')}`
}
