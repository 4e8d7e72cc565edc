import { Fault } from '#shared/fault.ts'
import type { Entry, Head } from '#shared/ledger.ts'
import { EXIT } from './exit.ts'
import { type Asked, readLedger } from './ledger.ts'

/** Lists incidents, newest first. */
export async function incidents(options: Asked & { readonly status: string; readonly limit: string }): Promise<number> {
  const { status } = options
  const limit = Number(options.limit)
  if (status !== 'open' && status !== 'closed' && status !== 'all')
    throw new Fault('input-invalid', `Expected --status to be open, closed or all; got ${status}.`)
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new Fault('input-invalid', `Expected --limit to be a whole number of at least 1; got ${options.limit}.`)
  const statuses: readonly Head['status'][] = status === 'all' ? ['open', 'closed'] : [status]
  const heads = (
    await readLedger(options, (ledger) => Promise.all(statuses.map((one) => ledger.incidents(one, limit))))
  )
    .flat()
    .sort((a, b) => (a.id < b.id ? 1 : -1))
  if (options.json) console.log(JSON.stringify(heads))
  else if (heads.length === 0) console.log('No incidents.')
  else for (const head of heads) console.log(`${head.id}  ${head.openedAt}  ${state(head).padEnd(16)} ${head.summary}`)
  return EXIT.done
}

/** Tells the story of one incident. */
export async function show(id: string, options: Asked): Promise<number> {
  const story = await readLedger(options, (ledger) => ledger.history(id))
  if (!story)
    throw new Fault(
      'incident-unknown',
      `Expected the id of an incident in the ledger of stage ${options.stage}; ${id} is none.`,
    )
  if (options.json) console.log(JSON.stringify(story))
  else {
    console.log(`${story.head.id}: ${story.head.summary}`)
    console.log(`account ${story.head.account}, region ${story.head.region}, ${state(story.head)}`)
    for (const entry of story.entries) console.log(`  ${entry.at}  ${entry.what.padEnd(13)} ${said(entry)}`)
  }
  return EXIT.done
}

const state = (head: Head): string => (head.undone ? 'undone' : (head.verdict ?? 'under way'))

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
    case 'verified':
      return `${entry.verdict}${entry.left.length > 0 ? `, left: ${entry.left.map(({ decision }) => decision.because.clause).join('; ')}` : ''}`
    case 'undo-intended':
      return `by ${entry.by.name}: ${entry.reason}${entry.forced ? ' (forced)' : ''}; left alone until ${entry.until}`
    case 'undo-refused':
      return `to ${entry.by.name}: ${entry.why}${entry.changed.map((line) => `; ${line}`).join('')}`
    case 'undone':
      return `${entry.fidelity}: ${entry.ids.map(({ was, is }) => `${was} is now ${is || 'not to be found'}`).join(', ')}`
  }
}
