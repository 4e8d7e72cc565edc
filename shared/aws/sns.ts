import { PublishCommand, type PublishCommandInput, type PublishCommandOutput, SNSClient } from '@aws-sdk/client-sns'
import { patient } from './client-options.ts'

let client: SNSClient | undefined

/** Publishes to a topic. A file of its own, so that the bundler can load it late and still leave out the rest of SNS. */
export function publish(input: PublishCommandInput): Promise<PublishCommandOutput> {
  client ??= new SNSClient(patient())
  return client.send(new PublishCommand(input))
}
