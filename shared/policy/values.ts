import parseDuration from 'parse-duration'
import * as z from 'zod'
import { type PortRange, parsePorts } from '#shared/kit/ports.ts'

/** The kinds of value that a policy is made of, each with words for whoever wrote another one. */

/** The message of a value that is missing or of another kind. The value itself stands before it. */
export const need = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    `expected ${what}${input === undefined || input === null ? ', and found nothing' : ''}`,
})

const PORTS = 'ports such as tcp/443, udp/5000-5100, tcp, icmp, icmpv6, 50 or all'
export const Ports = z
  .string(need(PORTS))
  .refine((text) => parsePorts(text) !== null, `expected ${PORTS}`)
  .transform((text): PortRange => parsePorts(text)!)
  .describe('tcp/443, udp/5000-5100, tcp (all its ports), icmp, icmpv6, a protocol number, or all')

export const prefix = (most: number, text: string) =>
  z
    .string(need('a prefix length such as /16'))
    .regex(/^\/\d{1,3}$/, 'expected a prefix length such as /16')
    .transform((length) => Number(length.slice(1)))
    .refine((length) => length <= most, `expected a prefix length of /0 to /${most}`)
    .describe(text)

export const DAY = 86_400
export const duration = (text: string, least: number, most: number, words: string) =>
  z
    .string(need(`a duration of ${words}, such as 1h or 2h30m`))
    .transform((given) => Math.round((parseDuration(given) ?? 0) / 1_000))
    .refine((seconds) => seconds >= least && seconds <= most, `expected a duration of ${words}, such as 1h or 2h30m`)
    .describe(`${text}: ${words}`)

const NAME = 'lower-case letters, digits and dashes, at most 63'
export const name = z.string(need(`a name of ${NAME}`)).regex(/^[a-z0-9][a-z0-9-]{0,62}$/, `expected ${NAME}`)
/** Whether no two of a list have the same name. */
export const ownNames = (list: readonly { readonly name: string }[]): boolean =>
  new Set(list.map((one) => one.name)).size === list.length
export const words = (what: string, most: number) =>
  z.string(need(what)).trim().min(3, `expected ${what}`).max(most, `expected at most ${most} characters`)
export const ids = (pattern: RegExp, expected: string) =>
  z
    .array(z.string(need(expected)).regex(pattern, `expected ${expected}`), need(`a list, each of it ${expected}`))
    .min(1, `expected at least one: ${expected}`)
    .optional()

export const portList = z.array(Ports, need(`a list of ${PORTS}`))
export const somePorts = portList.min(1, `expected at least one of ${PORTS}`)
const watch = 'watch (say what would be done)'
const ask = 'ask (do it when a person approves)'
export const Mode = z
  .enum(['watch', 'ask', 'act'], need(`${watch}, ${ask} or act (do it)`))
  .describe('watch: say what would be done. ask: do it when a person approves. act: do it')
export const WatchOrAsk = z
  .enum(['watch', 'ask'], need(`${watch} or ${ask}`))
  .describe('watch: say what is wrong. ask: put it right when a person approves')
export const count = (least: number, most: number, text: string) => {
  const expected = `a whole number of ${least} to ${most}`
  return z.int(need(expected)).min(least, `expected ${expected}`).max(most, `expected ${expected}`).describe(text)
}
