import type { Answered } from '#shared/operators/answer-ask.ts'
import { type Asked, ask } from './api.ts'
import { EXIT } from './exit.ts'

interface Options extends Asked {
  readonly plan: string
  readonly reason: string
}

/** Approves or declines what is asked in an incident. Exit code 3 where the plan has changed by now. */
export async function answer(word: 'approve' | 'decline', incident: string, options: Options): Promise<number> {
  const { plan, reason } = options
  const said = await ask<Answered>(options, 'POST', `/incidents/${encodeURIComponent(incident)}/${word}`, {
    plan,
    reason,
  })
  if (options.json) console.log(JSON.stringify(said))
  else if (said.what === 'declined') console.log('Declined: it is left as it is until the ask would have expired.')
  else if (said.what === 'approved')
    console.log(`Approved: ${said.verdict ?? 'under way'}${said.left ? `, left by ${said.left}` : ''}.`)
  if (said.what !== 'stale') return EXIT.done
  if (!options.json)
    console.error(
      said.plan
        ? `Nothing was done: something changed since, and the plan is now ${said.plan}. Look at it before you approve it.`
        : `Nothing was done: something changed since, and nothing is asked any more${said.left ? `; it is left by ${said.left}` : ''}.`,
    )
  return EXIT.refused
}
