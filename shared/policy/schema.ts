import parseDuration from 'parse-duration'
import * as z from 'zod'
import { LONGEST_GRACE } from '#shared/kit/longest-grace.ts'
import { type PortRange, parsePorts } from '#shared/kit/ports.ts'

/** What the operator writes in `portcullis.yml`. Unknown keys are refused: a typo must not silently arm or disarm. */

/** The message of a value that is missing or of another kind. The value itself stands before it. */
const need = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    `expected ${what}${input === undefined || input === null ? ', and found nothing' : ''}`,
})

const PORTS = 'ports such as tcp/443, udp/5000-5100, tcp, icmp, icmpv6, 50 or all'
const Ports = z
  .string(need(PORTS))
  .refine((text) => parsePorts(text) !== null, `expected ${PORTS}`)
  .transform((text): PortRange => parsePorts(text)!)
  .describe('tcp/443, udp/5000-5100, tcp (all its ports), icmp, icmpv6, a protocol number, or all')

const prefix = (most: number, text: string) =>
  z
    .string(need('a prefix length such as /16'))
    .regex(/^\/\d{1,3}$/, 'expected a prefix length such as /16')
    .transform((length) => Number(length.slice(1)))
    .refine((length) => length <= most, `expected a prefix length of /0 to /${most}`)
    .describe(text)

const Duration = z
  .string(need('a duration of 1m to 7d, such as 1h or 2h30m'))
  .transform((text) => Math.round((parseDuration(text) ?? 0) / 1_000))
  .refine(
    (seconds) => seconds >= 60 && seconds <= LONGEST_GRACE,
    'expected a duration of 1m to 7d, such as 1h or 2h30m',
  )
  .describe('How long an undone change stays spared, unless the undo says otherwise: 1m to 7d')

const NAME = 'lower-case letters, digits and dashes, at most 63'
const name = z.string(need(`a name of ${NAME}`)).regex(/^[a-z0-9][a-z0-9-]{0,62}$/, `expected ${NAME}`)
const words = (what: string, most: number) =>
  z.string(need(what)).trim().min(3, `expected ${what}`).max(most, `expected at most ${most} characters`)
const ids = (pattern: RegExp, expected: string) =>
  z
    .array(z.string(need(expected)).regex(pattern, `expected ${expected}`), need(`a list, each of it ${expected}`))
    .min(1, `expected at least one: ${expected}`)
    .optional()

const portList = z.array(Ports, need(`a list of ${PORTS}`))
const somePorts = portList.min(1, `expected at least one of ${PORTS}`)
const WATCH_OR_ACT = 'watch (say what would be done) or act (do it)'

const Rule = z.strictObject(
  {
    name: name.describe('Stands in every decision and notice that this rule makes'),
    mode: z.enum(['watch', 'act'], need(WATCH_OR_ACT)).describe('watch: say what would be done. act: do it'),
    allow: portList.default([]).describe('Ports that may be open to the world'),
    only: somePorts.optional().describe('The rule speaks of these ports alone; without it, of all ports'),
  },
  need('a rule: a mapping with name and mode'),
)

const OpenIngress = z.strictObject(
  {
    world: z
      .strictObject(
        {
          ipv4: prefix(32, 'This much public IPv4 space on one port is the world').prefault('/6'),
          ipv6: prefix(128, 'This much public IPv6 space on one port is the world').prefault('/16'),
          wide: z
            .strictObject(
              {
                ipv4: prefix(32, 'A rule this wide goes when its port is open to the world').prefault('/16'),
                ipv6: prefix(128, 'A rule this wide goes when its port is open to the world').prefault('/32'),
              },
              need('a mapping with ipv4 or ipv6'),
            )
            .prefault({}),
        },
        need('a mapping with ipv4, ipv6 or wide'),
      )
      .prefault({}),
    rules: z
      .array(Rule, need('a list of rules'))
      .min(1, 'expected at least one rule, with name and mode, and found nothing')
      .refine(
        (rules) => new Set(rules.map((rule) => rule.name)).size === rules.length,
        'expected each rule to have its own name',
      ),
  },
  need('a mapping with rules'),
)

const Exemption = z
  .strictObject(
    {
      name,
      owner: words('who answers for it', 200),
      reason: words('some words on why', 500),
      expires: z
        .union(
          [z.iso.date(), z.iso.datetime({ offset: true })],
          need('a date such as 2027-01-31 (each exemption ends)'),
        )
        .transform((text) => new Date(text.length === 10 ? `${text}T23:59:59Z` : text).toISOString()),
      accounts: ids(/^\d{12}$/, 'an account id of 12 digits'),
      vpcs: ids(/^vpc-[0-9a-f]+$/, 'a VPC id such as vpc-0123abcd'),
      groups: ids(/^sg-[0-9a-f]+$/, 'a security group id such as sg-0123abcd'),
      ports: somePorts.optional().describe('Spares these ports alone; without it, all'),
      when: z
        .literal('named', need('named'))
        .optional()
        .describe(
          'named: spares only a group whose tag portcullis:exemption, or a rule whose description (portcullis:exemption=NAME), names it',
        ),
    },
    need('an exemption: a mapping with name, owner, reason, expires and bounds'),
  )
  .refine(
    (exemption) => exemption.accounts || exemption.vpcs || exemption.groups,
    'expected accounts, vpcs or groups: an exemption has bounds',
  )

export const PolicySchema = z.strictObject(
  {
    version: z.literal(1, need('1')),
    'open-ingress': OpenIngress,
    grace: Duration.prefault('1h'),
    exemptions: z
      .array(Exemption, need('a list of exemptions'))
      .default([])
      .refine(
        (list) => new Set(list.map((one) => one.name)).size === list.length,
        'expected each exemption to have its own name',
      ),
  },
  need('version and open-ingress'),
)

/** The policy as read: durations in seconds, prefix lengths as numbers, ports as ranges. It survives JSON. */
export type Policy = z.output<typeof PolicySchema>
export type PolicyRule = Policy['open-ingress']['rules'][number]
export type Exemption = Policy['exemptions'][number]
export type Mode = PolicyRule['mode']
