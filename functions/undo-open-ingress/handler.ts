import { entry } from '#shared/entry.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { undo } from '#shared/responses/open-ingress/undo.ts'

/** Puts back the rules that an incident took away; invoked by `portcullis undo`. */
export const handler = entry({ ...ec2Mutations, ...snsMutations }, undo)
