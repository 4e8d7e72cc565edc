import policy from '#policy'
import { ec2Reads } from '#shared/aws/ec2.ts'
import { pickReads } from '#shared/aws/reads.ts'
import { entry } from '#shared/entry.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { undo, undoReads } from '#shared/responses/open-ingress/undo.ts'

/** Puts back the rules that an incident took away; invoked by the operators' API. */
export const handler = entry(
  {
    reads: pickReads(ec2Reads, undoReads),
    mutations: pick({ ...ec2Mutations, ...snsMutations }, [...openIngress.undoes(policy), 'sns:Publish']),
    tags: true,
  },
  undo,
)
