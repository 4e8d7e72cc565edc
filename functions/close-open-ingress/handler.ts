import { ec2Reads } from '#shared/aws/ec2.ts'
import { entry } from '#shared/entry.ts'
import { signalOf } from '#shared/intake/signal-of.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'

/** An API call or a tick of the clock: closes security groups that let the world in. */
export const handler = entry(
  { reads: ec2Reads, mutations: pick({ ...ec2Mutations, ...snsMutations }, [...openIngress.powers, 'sns:Publish']) },
  respondTo(openIngress, signalOf),
)
