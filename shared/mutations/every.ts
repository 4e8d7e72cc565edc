import { defenceMutations } from './defences.ts'
import { ec2Mutations } from './ec2.ts'
import { evidenceMutations } from './evidence.ts'
import { hostMutations } from './hosts.ts'
import { jumpMutations } from './jumps.ts'
import { lambdaMutations } from './lambda.ts'
import { snsMutations } from './sns.ts'

/**
 * Every call that can change anything outside the ledger. This table is the security boundary: review what is added.
 * For types, tables and documents; a function takes only the services it needs, so that its bundle stays small.
 */
export const everyMutation = {
  ...defenceMutations,
  ...ec2Mutations,
  ...evidenceMutations,
  ...hostMutations,
  ...jumpMutations,
  ...lambdaMutations,
  ...snsMutations,
}
