import { readFileSync } from 'node:fs'
import parseDuration from 'parse-duration'
import { Fault } from '#shared/fault.ts'
import type { BoxAnswer } from '#shared/operators/jumps.ts'
import { type Asked, ask } from './api.ts'
import { EXIT } from './exit.ts'

interface Opening extends Asked {
  readonly zone: string
  readonly reason: string
  readonly for?: string
  readonly key?: string
}

/** Asks for a jump box: the address that may reach it is the one that this request comes from. */
export async function openJump(options: Opening): Promise<number> {
  const { zone, reason } = options
  const key = options.key === undefined ? {} : { key: publicKeyIn(options.key) }
  const duration = options.for === undefined ? {} : { duration: options.for }
  return tell(await ask<BoxAnswer>(options, 'POST', '/jumps', { zone, reason, ...duration, ...key }), options)
}

/** Says how a box stands. */
export const showJump = async (id: string, options: Asked): Promise<number> =>
  tell(await ask<BoxAnswer>(options, 'GET', `/jumps/${encodeURIComponent(id)}`), options)

/** Extends a box, as far as its zone lets it. */
export async function extendJump(id: string, options: Asked & { readonly for: string }): Promise<number> {
  const seconds = Math.round((parseDuration(options.for) ?? 0) / 1_000)
  if (seconds < 60)
    throw new Fault('input-invalid', `Expected --for to be a duration such as 30m or 1h; got ${options.for}.`)
  return tell(await ask<BoxAnswer>(options, 'POST', `/jumps/${encodeURIComponent(id)}/extend`, { seconds }), options)
}

/** Ends a box before its time; `any` ends another's too, where IAM lets the caller. */
export const closeJump = async (id: string, options: Asked & { readonly any?: boolean }): Promise<number> =>
  tell(
    await ask<BoxAnswer>(options, 'POST', `/jumps/${encodeURIComponent(id)}/${options.any ? 'end' : 'close'}`),
    options,
  )

function publicKeyIn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new Fault('input-invalid', `Expected --key to be a file with a public key; ${file} can't be read.`)
  }
}

function tell(answer: BoxAnswer, { json }: Asked): number {
  if (json) console.log(JSON.stringify(answer))
  else for (const line of linesOf(answer)) console.log(line)
  return answer.verdict === 'partial' || answer.verdict === 'unverifiable' ? EXIT.failed : EXIT.done
}

function linesOf({
  request,
  standing,
  joined,
  verdict,
  left,
  connection,
  instead = [],
  incident,
}: BoxAnswer): string[] {
  const state = verdict ?? (standing.state === 'unproven' ? 'its address is not proven yet' : 'under way')
  return [
    `${request.id}: ${state}${left ? ` (${left})` : ''}`,
    `  ${request.person} in ${request.zone}, ${request.seconds / 60} minutes: ${request.reason}`,
    ...(joined ? ['  You had asked for one already: there is one box a person and zone.'] : []),
    ...(connection
      ? [
          `  until ${standing.until}, from ${request.address} alone`,
          `  ${connection.ssh}`,
          `  Compare the host's key first, about a minute after the launch:`,
          `  ${connection.hostKey}`,
        ]
      : []),
    ...(standing.state === 'over' ? [`  It is over: ${standing.why}.`] : []),
    ...(verdict === 'open' && incident ? [`  Somebody else has to approve it: npx portcullis show ${incident}`] : []),
    ...(instead.length > 0 && connection
      ? [`  Where only a shell is wanted, better than a box: ${instead.join(', ')}.`]
      : []),
  ]
}
