import policy from '#policy'
import { hostReads } from '#shared/aws/hosts.ts'
import { jumpReads } from '#shared/aws/jumps.ts'
import { pickReads } from '#shared/aws/reads.ts'
import { entry, setting } from '#shared/entry.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { hostMutations } from '#shared/mutations/hosts.ts'
import { jumpMutations } from '#shared/mutations/jumps.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { respondTo } from '#shared/respond.ts'
import { jumpBox } from '#shared/responses/jump-box/response.ts'

const boxes = jumpBox({
  stage: setting('STAGE'),
  ender: setting('ENDER'),
  role: setting('SCHEDULE_ROLE'),
  deadLetters: setting('DEAD_LETTERS'),
})

/** A proven request, an approval, a schedule, an instance's end or a tick: opens jump boxes, keeps them, and ends them. */
export const handler = entry(
  {
    reads: pickReads({ ...hostReads, ...jumpReads }, boxes.reads),
    mutations: pick({ ...ec2Mutations, ...hostMutations, ...jumpMutations, ...snsMutations }, [
      ...boxes.powers(policy),
      'sns:Publish',
    ]),
    bounded: true,
  },
  respondTo(boxes, signalsOf),
)
