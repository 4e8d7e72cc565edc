import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { patient } from '#shared/aws/client-options.ts'
import { once } from '#shared/aws/once.ts'
import { errorText, Fault } from '#shared/fault.ts'

/** A secret that may be changed while it is in use: for that time there are two of it, the new one first. */
export interface Secret {
  /** All that are good now, never none. Throws `slack-failed` where they can't be read. */
  all(): Promise<readonly string[]>
  /** The same read anew, where those at hand were no good; at most so often, whatever is sent to us. */
  anew(): Promise<readonly string[]>
}

/** What comes of the secrets at hand or, where those are no good, of the same read anew: there may be a newer one. */
export async function trying<T>(
  secret: Secret,
  use: (secrets: readonly string[]) => T | Promise<T>,
  isNoGood: (outcome: T) => boolean,
): Promise<T> {
  const outcome = await use(await secret.all())
  return isNoGood(outcome) ? use(await secret.anew()) : outcome
}

/** For so long (milliseconds) what was read is good. */
const KEPT = 300_000
/** Read anew at most so often: anybody can send us what is signed with no secret of ours. */
const SELDOM = 10_000

const client = once(() => new SSMClient(patient()))

/**
 * A secret in an SSM parameter, a line for each that is good. It is kept for five minutes, and read anew when one turns up
 * that is not among them: so a new one is good at once, and the old one until its line is taken out.
 */
export function parameterSecret(Name: string, now: () => number = Date.now): Secret {
  let kept: { readonly all: readonly string[]; readonly at: number } | undefined
  const read = async (): Promise<readonly string[]> => {
    try {
      const { Parameter } = await client().send(new GetParameterCommand({ Name, WithDecryption: true }))
      const all = (Parameter?.Value ?? '').split(/\s+/).filter((line) => line !== '')
      if (all.length === 0) throw new Error('it is empty')
      kept = { all, at: now() }
      return all
    } catch (error) {
      // Better a secret that was good five minutes ago than none.
      if (kept && now() - kept.at < 12 * KEPT) return kept.all
      throw new Fault(
        'slack-failed',
        `Expected to read the SSM parameter ${Name}; AWS answered ${errorText(error)}`,
        error,
      )
    }
  }
  return {
    all: async () => (kept && now() - kept.at < KEPT ? kept.all : read()),
    anew: async () => (kept && now() - kept.at < SELDOM ? kept.all : read()),
  }
}

/** Where the secrets of a stage lie. */
export const parameterName = (stage: string, secret: 'signing-secret' | 'bot-token'): string =>
  `/portcullis/${stage}/slack/${secret}`
