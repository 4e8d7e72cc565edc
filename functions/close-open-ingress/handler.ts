import policy from '#policy'
import { ec2Reads } from '#shared/aws/ec2.ts'
import { entry } from '#shared/entry.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'

/** An API call, a change that AWS Config saw, an approval, or a tick: closes security groups that let the world in. */
export const handler = entry(
  {
    reads: ec2Reads,
    mutations: pick({ ...ec2Mutations, ...snsMutations }, [...openIngress.powers(policy), 'sns:Publish']),
  },
  respondTo(openIngress, signalsOf),
)
