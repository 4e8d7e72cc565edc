import { randomUUID } from 'node:crypto'
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { account, options, region } from './cloud.ts'
import { STAGE } from './cloud-setup.ts'

const sqs = new SQSClient(options)
const sns = new SNSClient(options)

/** A notice as a machine gets it. */
export interface Received {
  readonly subject: string
  readonly importance: string
  readonly facts: {
    readonly incident?: string
    readonly subject?: string
    readonly verdict?: string
    readonly text: string
    readonly digest?: number
  } & Record<string, unknown>
}

/** A queue that gets every notice from now on. */
export async function mailbox(): Promise<{ read(): Promise<Received[]> }> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `mail-${randomUUID()}` }))
  const Endpoint = `arn:aws:sqs:${region}:${account}:${QueueUrl!.split('/').at(-1)}`
  await sns.send(
    new SubscribeCommand({
      TopicArn: `arn:aws:sns:${region}:${account}:portcullis-notices-${STAGE}`,
      Protocol: 'sqs',
      Endpoint,
    }),
  )
  const all: Received[] = []
  return {
    async read() {
      for (const body of await drain(QueueUrl!)) {
        const envelope = JSON.parse(body) as {
          Subject: string
          Message: string
          MessageAttributes?: { importance?: { Value: string } }
        }
        all.push({
          subject: envelope.Subject,
          importance: envelope.MessageAttributes?.importance?.Value ?? '',
          facts: JSON.parse(envelope.Message),
        })
      }
      return all
    },
  }
}

const letters: { event: string; code: string; sentence: string }[] = []

/** Everything that has landed in the dead-letter queue so far: which event, and the fault that it died of. */
export async function deadLetters(): Promise<readonly { event: string; code: string; sentence: string }[]> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `portcullis-dead-letters-${STAGE}` }))
  for (const body of await drain(QueueUrl!)) {
    const letter = JSON.parse(body) as {
      requestPayload: { id?: string; detail?: { eventID?: string } }
      responsePayload: { errorType: string; errorMessage: string }
    }
    letters.push({
      event: letter.requestPayload.detail?.eventID ?? letter.requestPayload.id ?? '',
      code: letter.responsePayload.errorType,
      sentence: letter.responsePayload.errorMessage,
    })
  }
  return letters
}

async function drain(QueueUrl: string): Promise<string[]> {
  const bodies: string[] = []
  for (;;) {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    )
    if (!Messages?.length) return bodies
    for (const message of Messages) {
      bodies.push(message.Body!)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle! }))
    }
  }
}
