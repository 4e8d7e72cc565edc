import { Fault } from '#shared/fault.ts'
import type { Entry, Head, History, Person } from '#shared/story.ts'
import { type Asked, ask } from './api.ts'
import { EXIT } from './exit.ts'

/** Lists incidents, newest first. */
export async function incidents(options: Asked & { readonly status: string; readonly limit: string }): Promise<number> {
  const { status } = options
  const limit = Number(options.limit)
  if (!['open', 'held', 'closed', 'all'].includes(status))
    throw new Fault('input-invalid', `Expected --status to be open, held, closed or all; got ${status}.`)
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000)
    throw new Fault('input-invalid', `Expected --limit to be a whole number of 1 to 1000; got ${options.limit}.`)
  const heads = await ask<Head[]>(options, 'GET', `/incidents?status=${status}&limit=${limit}`)
  if (options.json) console.log(JSON.stringify(heads))
  else if (heads.length === 0) console.log('No incidents.')
  else for (const head of heads) console.log(`${head.id}  ${head.openedAt}  ${state(head).padEnd(16)} ${head.summary}`)
  return EXIT.done
}

/** Tells the story of one incident. */
export async function show(id: string, options: Asked): Promise<number> {
  const story = await ask<History>(options, 'GET', `/incidents/${encodeURIComponent(id)}`)
  if (options.json) console.log(JSON.stringify(story))
  else {
    console.log(`${story.head.id}: ${story.head.summary}`)
    console.log(`account ${story.head.account}, region ${story.head.region}, ${state(story.head)}`)
    for (const line of story.broken) console.log(`  NOT AS IT WAS WRITTEN: ${line}`)
    for (const entry of story.entries) console.log(`  ${entry.at}  ${entry.what.padEnd(13)} ${said(entry)}`)
  }
  return EXIT.done
}

const state = (head: Head): string => {
  if (head.undone) return 'undone'
  // An open finding says what leaves it so: an ask, the breaker, the kill switch, the policy.
  return head.status === 'open' && head.left ? `${head.verdict} (${head.left})` : (head.verdict ?? 'under way')
}

const personText = ({ name, from }: Person): string => (from ? `${name} from ${from}` : name)

/** What an entry says, in a line. */
export function said(entry: Entry): string {
  switch (entry.what) {
    case 'opened':
    case 'joined':
      return `${entry.decided.map(({ decision }) => `${decision.mode} by ${decision.because.clause}`).join('; ')}: ${entry.plan.map((step) => step.title).join('; ') || 'nothing to do'}`
    case 'intended':
    case 'found-done':
    case 'not-done':
      return `step ${entry.step.slice(0, 8)}`
    case 'done':
      return `step ${entry.step.slice(0, 8)}${entry.requestId ? `, request ${entry.requestId}` : ''}`
    case 'failed':
      return `step ${entry.step.slice(0, 8)} (${entry.code}): ${entry.message}`
    case 'asked':
      return `plan ${entry.hash}, until ${new Date(entry.expires).toISOString()}${entry.reminded ? ', a reminder' : entry.times > 1 ? `, ${entry.times} times by now` : ''}`
    case 'approved':
    case 'declined':
      return `plan ${entry.hash} by ${personText(entry.by)}: ${entry.reason}`
    case 'verified':
      return `${entry.verdict}${entry.proof ? ` ${JSON.stringify(entry.proof)}` : ''}${entry.left.length > 0 ? `, left: ${entry.left.map(({ decision }) => decision.because.clause).join('; ')}` : ''}`
    case 'undo-intended':
      return `by ${personText(entry.by)}: ${entry.reason}${entry.forced ? ' (forced)' : ''}; left alone until ${entry.until}`
    case 'undo-refused':
      return `to ${personText(entry.by)}: ${entry.why}${entry.changed.map((line) => `; ${line}`).join('')}`
    case 'undone':
      return `${entry.fidelity}: ${entry.ids.map(({ was, is }) => `${was} is now ${is || 'not to be found'}`).join(', ')}`
  }
}
