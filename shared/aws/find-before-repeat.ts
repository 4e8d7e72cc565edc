import { setTimeout as sleep } from 'node:timers/promises'
import { awsCode } from '#shared/fault.ts'

/** EC2's reads are eventually consistent: what was made may not show at once. */
const PAUSES = [500, 1_000, 2_000, 4_000]
const THROTTLED = /^(RequestLimitExceeded|Throttling(Exception)?|TooManyRequestsException)$/

/**
 * Makes a call that has no client token, and so must not be made twice. AWS's refusal is final, but for a throttle, by
 * which nothing was made; where no answer came (or 5xx: it may have been made all the same) what it makes is looked for.
 *
 * @param make the call, by a client that tries once
 * @param find what it has made, if that shows
 */
export async function findBeforeRepeat<T>(make: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; ; i++) {
    try {
      return await make()
    } catch (error) {
      if (THROTTLED.test(awsCode(error)) && i < PAUSES.length) {
        await sleep(PAUSES[i]! * (0.5 + Math.random()))
        continue
      }
      if (isRefusal(error)) throw error
      for (const pause of PAUSES) {
        await sleep(pause)
        const found = await find().catch(() => undefined)
        if (found !== undefined) return found
      }
      throw error
    }
  }
}

function isRefusal(error: unknown): boolean {
  const status = (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | null)?.$metadata
    ?.httpStatusCode
  return THROTTLED.test(awsCode(error)) || (status !== undefined && status >= 400 && status < 500)
}
