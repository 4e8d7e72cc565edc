import type { PublishCommandInput, PublishCommandOutput, SNSClient } from '@aws-sdk/client-sns'
import { patient } from '#shared/aws/client-options.ts'
import { mutation } from './table.ts'

let client: SNSClient | undefined

export const snsMutations = {
  'sns:Publish': mutation({
    does: "Sends a notice to this stack's own topic.",
    // Loaded when the first notice is due, which is after the change: the SNS client is not on the critical path.
    send: async (input: PublishCommandInput): Promise<PublishCommandOutput> => {
      const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns')
      client ??= new SNSClient(patient())
      return client.send(new PublishCommand(input))
    },
    resources: ['${Notices}'],
    alreadySo: [],
  }),
}
