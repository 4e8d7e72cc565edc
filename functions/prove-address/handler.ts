import { entry, setting } from '#shared/entry.ts'
import { prove } from '#shared/jump/prove.ts'
import { lambdaMutations } from '#shared/mutations/lambda.ts'
import { parameterName, parameterSecret } from '#shared/slack/secrets.ts'

/** Whoever opens the link of a request: shows them what it is about, and takes the address that they come from. */
export const handler = entry(
  { reads: {}, mutations: lambdaMutations },
  prove(parameterSecret(parameterName(setting('STAGE'), 'signing-secret'))),
)
