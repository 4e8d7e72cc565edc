import policy from '#policy'
import { evidenceReads } from '#shared/aws/evidence.ts'
import { entry } from '#shared/entry.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { evidenceMutations } from '#shared/mutations/evidence.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { respondTo } from '#shared/respond.ts'
import { unpreservedHost } from '#shared/responses/unpreserved-host/response.ts'

const response = unpreservedHost(process.env.EVIDENCE ?? '')

/** A detector's finding, a launch, the end of snapshots, a person's word or a tick: keeps the evidence of suspicious hosts. */
export const handler = entry(
  {
    reads: evidenceReads,
    mutations: pick({ ...evidenceMutations, ...snsMutations }, [...response.powers(policy), 'sns:Publish']),
  },
  respondTo(response, signalsOf),
)
