import type { Fault } from '#shared/fault.ts'
import { quote } from '#shared/kit/quote.ts'
import { ascii, type Notice } from '#shared/notice.ts'
import type { Entry, Head } from '#shared/story.ts'

type Undone = Extract<Entry, { what: 'undone' }>

/** What people are told when a person puts something back. */
export function undoNotice(
  head: Head,
  undone: Undone,
  { reason }: { readonly reason: string },
  overwritten: readonly string[],
): Notice {
  const text = [
    `UNDONE: ${head.subject} is as it was before incident ${head.id}${undone.fidelity === 'exact' ? ', exactly' : ', as far as possible'}.`,
    `Account ${head.account}, region ${head.region}.`,
    `Asked by ${quote(undone.by.name, 200)}: ${quote(reason, 200)}`,
    `It is left alone until ${undone.until}; then it is judged again.`,
    '',
    'Rules that were put back have new ids:',
    ...undone.ids.map(({ was, is }) => `  ${was} is now ${is === '' ? 'not to be found' : is}`),
    'Terraform and CloudFormation may still hold the old ids: refresh or import before the next apply, or it will report drift.',
    ...undone.differs.map((line) => `Not as before: ${line}`),
    ...overwritten.map((line) => `Forced over a change: ${line}`),
  ]
  return {
    subject: ascii(`Portcullis undone: ${head.subject} (${head.id})`),
    text: text.join('\n'),
    importance: 'important',
    facts: {
      incident: head.id,
      response: head.response,
      subject: head.subject,
      account: head.account,
      region: head.region,
      undone,
    },
  }
}

/** What people are told when an undo was cut short: some rules may be back, and are left alone. */
export function halfUndoneNotice(head: Head, by: { readonly name: string }, failures: readonly Fault[]): Notice {
  const text = [
    `HALF UNDONE: ${head.subject}; some of what incident ${head.id} took away could not be put back.`,
    `Account ${head.account}, region ${head.region}. Asked by ${quote(by.name, 200)}.`,
    ...failures.slice(0, 5).map((fault) => `FAILED (${fault.code}): ${fault.sentence}`),
    'What came back is left alone until its grace ends. Ask for the undo again to put back the rest.',
  ]
  const { id: incident, response, subject, account, region } = head
  return {
    subject: ascii(`Portcullis half undone: ${head.subject} (${head.id})`),
    text: text.join('\n'),
    importance: 'critical',
    facts: {
      incident,
      response,
      subject,
      account,
      region,
      failures: failures.map(({ code, sentence }) => ({ code, message: sentence })),
    },
  }
}
