import { entry, setting } from '#shared/entry.ts'
import { lambdaMutations } from '#shared/mutations/lambda.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { operatorsApi } from '#shared/operators/api.ts'
import { parameterName, parameterSecret } from '#shared/slack/secrets.ts'
import { webApi } from '#shared/slack/web-api.ts'
import { workspaceOf } from '#shared/slack/workspace.ts'

/** What people ask: approve, decline, undo, disarm, arm, jump boxes, and to be shown what there is. */
export const handler = entry(
  { reads: {}, mutations: { ...lambdaMutations, ...snsMutations } },
  operatorsApi(workspaceOf(webApi(parameterSecret(parameterName(setting('STAGE'), 'bot-token'))))),
)
