import { bad, type Check, ok } from '#shared/doctor/check.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'

const NAME = 'dead-letters'

/** Whether the queues of what finally failed are empty. */
export async function deadLetters({ aws, deadLetters: urls }: DoctorOutside): Promise<Check> {
  const queues = await Promise.all(
    urls.map(async (QueueUrl) => {
      const { Attributes = {} } = await aws['sqs:GetQueueAttributes']({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      })
      return {
        name: QueueUrl.split('/').at(-1) ?? QueueUrl,
        waiting:
          Number(Attributes.ApproximateNumberOfMessages ?? 0) +
          Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      }
    }),
  )
  return judgeQueues(queues)
}

/** Judges how many messages wait in each queue. */
export function judgeQueues(queues: readonly { readonly name: string; readonly waiting: number }[]): Check {
  const full = queues.filter(({ waiting }) => waiting > 0)
  return full.length > 0
    ? bad(
        NAME,
        `Events failed for good: ${full.map(({ name, waiting }) => `${waiting} in ${name}`).join('; ')}.`,
        'Follow docs/runbooks/a-dead-letter.md.',
      )
    : ok(NAME, `No event waits in ${queues.map(({ name }) => name).join(', ') || 'any queue'}.`)
}
