import parseDuration from 'parse-duration'
import { Fault } from '#shared/fault.ts'
import { LONGEST_GRACE } from '#shared/kit/longest-grace.ts'
import type { UndoAnswer } from '#shared/undoing.ts'
import { type Asked, ask } from './api.ts'
import { EXIT } from './exit.ts'

interface Options extends Asked {
  readonly reason: string
  readonly chain?: string
  readonly for?: string
  readonly force?: boolean
}

/** Asks for what an incident did to be put back. Exit code 3 where that is refused. */
export async function undo(incident: string, options: Options, verb: 'undo' | 'release' = 'undo'): Promise<number> {
  // Before anything is asked of AWS.
  const grace = options.for === undefined ? {} : { seconds: seconds(options.for) }
  const answer = await ask<UndoAnswer>(options, 'POST', `/incidents/${encodeURIComponent(incident)}/${verb}`, {
    reason: options.reason,
    ...(options.chain ? { chain: options.chain } : {}),
    ...(options.force ? { force: true } : {}),
    ...grace,
  })
  if (options.json) console.log(JSON.stringify(answer))
  if (answer.what === 'refused') {
    console.error(`Refused: ${answer.why}.`)
    for (const line of answer.changed) console.error(`  ${line}`)
    if (answer.changed.length > 0)
      console.error('Look at what changed; --force puts it back all the same, and is recorded.')
    return EXIT.refused
  }
  if (!options.json) {
    console.log(`${verb === 'undo' ? 'Undone' : 'Released'} (${answer.fidelity}); left alone until ${answer.until}.`)
    for (const { was, is } of answer.ids) console.log(`  ${was} is now ${is || 'not to be found'}`)
    for (const line of answer.differs) console.log(`  not as before: ${line}`)
    if (answer.ids.length > 0)
      console.log('Terraform and CloudFormation may still hold the old rule ids: refresh before the next apply.')
  }
  return EXIT.done
}

function seconds(text: string): number {
  const milliseconds = parseDuration(text)
  const whole = Math.round((milliseconds ?? 0) / 1_000)
  if (whole < 60 || whole > LONGEST_GRACE)
    throw new Fault('input-invalid', `Expected --for to be a duration of 1m to 7d, such as 4h; got ${text}.`)
  return whole
}
