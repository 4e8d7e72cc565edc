import policy from '#policy'
import { hostReads } from '#shared/aws/hosts.ts'
import { pickReads } from '#shared/aws/reads.ts'
import { entry } from '#shared/entry.ts'
import { hostMutations } from '#shared/mutations/hosts.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { release, releaseReads } from '#shared/responses/suspicious-host/release.ts'
import { suspiciousHost } from '#shared/responses/suspicious-host/response.ts'

/** Lets a host go that is in quarantine; invoked by the operators' API. */
export const handler = entry(
  {
    reads: pickReads(hostReads, releaseReads),
    mutations: pick({ ...hostMutations, ...snsMutations }, [...suspiciousHost.undoes(policy), 'sns:Publish']),
  },
  release,
)
