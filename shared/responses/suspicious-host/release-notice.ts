import type { Fault } from '#shared/fault.ts'
import { quote } from '#shared/kit/quote.ts'
import { ascii, type Notice } from '#shared/notice.ts'
import type { Entry, Head } from '#shared/story.ts'
import type { PutBack } from './put-back.ts'

type Undone = Extract<Entry, { what: 'undone' }>

/** What people are told when a host is let go. */
export function releasedNotice(
  head: Head,
  undone: Undone,
  { reason }: { readonly reason: string },
  all: readonly PutBack[],
  overwritten: readonly string[],
): Notice {
  const text = [
    `RELEASED: ${head.subject} is as it was before incident ${head.id}${undone.fidelity === 'exact' ? ', exactly' : ', as far as possible'}.`,
    `Account ${head.account}, region ${head.region}.`,
    `Asked by ${quote(undone.by.name, 200)}: ${quote(reason, 200)}`,
    `What accused it is left alone until ${undone.until}; then it is judged again.`,
    '',
    ...all.map((one) => `${one.what}: ${one.was} (${one.step.tier})`),
    ...undone.differs.map((line) => `Not as before: ${line}`),
    ...overwritten.map((line) => `Forced over a change: ${line}`),
  ]
  return {
    ...about(head, 'released'),
    text: text.join('\n'),
    importance: 'important',
    facts: { ...factsOf(head), undone },
  }
}

/** What people are told when a release was cut short: some of it is put back, and nobody looks after the host. */
export function halfReleasedNotice(head: Head, by: { readonly name: string }, failures: readonly Fault[]): Notice {
  const text = [
    `HALF RELEASED: ${head.subject}; some of what incident ${head.id} did could not be put back.`,
    `Account ${head.account}, region ${head.region}. Asked by ${quote(by.name, 200)}.`,
    ...failures.slice(0, 5).map((fault) => `FAILED (${fault.code}): ${fault.sentence}`),
    'It is not looked after any more. Ask for the release again to put back the rest.',
  ]
  const failed = failures.map(({ code, sentence }) => ({ code, message: sentence }))
  return {
    ...about(head, 'half released'),
    text: text.join('\n'),
    importance: 'critical',
    facts: { ...factsOf(head), failures: failed },
  }
}

const about = ({ subject, id }: Head, what: string) => ({ subject: ascii(`Portcullis ${what}: ${subject} (${id})`) })

const factsOf = ({ id: incident, response, subject, account, region }: Head) => ({
  incident,
  response,
  subject,
  account,
  region,
})
