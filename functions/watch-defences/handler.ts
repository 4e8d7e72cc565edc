import policy from '#policy'
import { alertOf } from '#shared/alerts.ts'
import { defenceReads } from '#shared/aws/defences.ts'
import { entry } from '#shared/entry.ts'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { defenceMutations } from '#shared/mutations/defences.ts'
import { snsMutations } from '#shared/mutations/sns.ts'
import { pick } from '#shared/mutations/table.ts'
import { respondTo } from '#shared/respond.ts'
import { impairedDefences } from '#shared/responses/impaired-defences/response.ts'
import { tell } from '#shared/tell.ts'

const response = impairedDefences(process.env.STAGE ?? '', process.env.AWS_REGION ?? '')
const respond = respondTo(response, signalsOf)

/** Watches what we see by and what we are made of: tells, or asks to switch it on again. */
export const handler = entry(
  {
    reads: defenceReads,
    mutations: pick({ ...defenceMutations, ...snsMutations }, [...response.powers(policy), 'sns:Publish']),
  },
  async (event: unknown, ports, run) => {
    const alert = alertOf(event, ports.stage)
    if (alert) await tell(alert, ports)
    // Looked at all the same: it may be root who switches a trail off.
    return respond(event, ports, run)
  },
)
