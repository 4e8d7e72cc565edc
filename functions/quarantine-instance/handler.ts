import policy from '#policy'
import { hostReads } from '#shared/aws/hosts.ts'
import { pickReads } from '#shared/aws/reads.ts'
import { entry } from '#shared/entry.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { ec2Mutations } from '#shared/mutations/ec2.ts'
import { hostMutations } from '#shared/mutations/hosts.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { respondTo } from '#shared/respond.ts'
import { suspiciousHost } from '#shared/responses/suspicious-host/response.ts'

/** A finding, a launch, somebody's touch, an approval or a tick: cuts suspicious hosts off, and keeps them so. */
export const handler = entry(
  {
    reads: pickReads(hostReads, suspiciousHost.reads),
    mutations: pick({ ...ec2Mutations, ...hostMutations, ...snsMutations }, [
      ...suspiciousHost.powers(policy),
      'sns:Publish',
    ]),
  },
  respondTo(suspiciousHost, signalsOf),
)
