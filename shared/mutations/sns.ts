import type { PublishCommandInput, PublishCommandOutput } from '@aws-sdk/client-sns'
import { mutation } from './table.ts'

export const snsMutations = {
  'sns:Publish': mutation({
    does: "Sends a notice to this stack's own topic.",
    // Loaded when the first notice is due, which is after the change: the SNS client is not on the critical path.
    send: async (input: PublishCommandInput): Promise<PublishCommandOutput> => {
      const { publish } = await import('#shared/aws/sns.ts')
      return publish(input)
    },
    resources: ['${Notices}'],
    alreadySo: [],
  }),
}
