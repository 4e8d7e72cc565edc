import { execute } from '#shared/execute.ts'
import { Fault } from '#shared/fault.ts'
import type { Notice } from '#shared/notice.ts'
import type { Ports } from '#shared/ports.ts'

/** SNS takes 256 KiB in all; both forms of a notice go into one message. */
const TEXT_LIMIT = 32_000
const FACTS_LIMIT = 150_000

/** Sends a notice: JSON for machines, a short text for people. Throws `notice-failed` where SNS does not take it. */
export async function tell({ subject, text, facts, importance, owner }: Notice, ports: Ports): Promise<void> {
  const machine = JSON.stringify({ text: cut(text, 8_000), ...facts })
  const forMachines =
    machine.length <= FACTS_LIMIT
      ? machine
      : JSON.stringify({ text: cut(text, 8_000), incident: facts.incident, cut: true })
  const forPeople = cut(text, TEXT_LIMIT)
  const result = await execute(
    {
      call: 'sns:Publish',
      input: {
        TopicArn: ports.notices,
        Subject: subject,
        MessageStructure: 'json',
        Message: JSON.stringify({ default: forMachines, email: forPeople, sms: cut(text.split('\n')[0]!, 140) }),
        MessageAttributes: {
          importance: { DataType: 'String', StringValue: importance },
          ...(owner ? { owner: { DataType: 'String', StringValue: owner } } : {}),
        },
      },
    },
    ['sns:Publish'],
    ports,
  )
  if (result.what === 'failed') throw new Fault('notice-failed', result.fault.sentence, result.fault)
}

const cut = (text: string, limit: number): string => (text.length <= limit ? text : `${text.slice(0, limit - 1)}…`)
