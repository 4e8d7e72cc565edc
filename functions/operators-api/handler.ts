import { entry } from '#shared/entry.ts'
import { lambdaMutations } from '#shared/mutations/lambda.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { operatorsApi } from '#shared/operators/api.ts'

/** What people ask: approve, decline, undo, disarm, arm, and to be shown what there is. */
export const handler = entry({ reads: {}, mutations: { ...lambdaMutations, ...snsMutations } }, operatorsApi)
