/** The SDK copies every answer for a log line that its default logger throws away: without `info` it does not. */
const logger = { trace: () => {}, debug: () => {}, warn: console.warn, error: () => {} } as unknown as Console

/**
 * Options of every AWS client: the SDK's `standard` retries, which throttles and 5xx answers go through inside the
 * invocation (Lambda's own first retry comes after a whole minute), and a limit on how long one try may hang.
 */
export const patient = () => ({
  logger,
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
})
