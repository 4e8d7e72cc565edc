import { ec2Reads } from '#shared/aws/ec2.ts'
import { entry } from '#shared/entry.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { undo } from '#shared/responses/open-ingress/undo.ts'

/** Puts back the rules that an incident took away; invoked by `portcullis undo`. */
export const handler = entry(
  { reads: ec2Reads, mutations: pick({ ...ec2Mutations, ...snsMutations }, [...openIngress.undoes, 'sns:Publish']) },
  undo,
)
