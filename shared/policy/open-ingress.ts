import * as z from 'zod'
import { normalCidr, parseCidr, sizeOf } from '#shared/kit/cidr.ts'
import { publicPart } from '#shared/kit/public-space.ts'
import { Mode, name, need, ownNames, portList, prefix, somePorts, WatchOrAsk } from './values.ts'

/** A range that is allowed instead: it must not be so wide that it would have to go itself. */
const RANGE = 'a range such as 203.0.113.0/24 or 2001:db8::/32, narrower than /16 (IPv4) or /32 (IPv6) of public space'
const Range = z
  .string(need(RANGE))
  .refine((text) => {
    const block = parseCidr(text)
    return block !== null && publicPart(block.family, block) < sizeOf(block.family, block.family === 4 ? 16 : 32)
  }, `expected ${RANGE}`)
  .transform(normalCidr)

const Rule = z.strictObject(
  {
    name: name.describe('Stands in every decision and notice that this rule makes'),
    mode: Mode,
    allow: portList.default([]).describe('Ports that may be open to the world'),
    only: somePorts.optional().describe('The rule speaks of these ports alone; without it, of all ports'),
    narrow: z
      .array(Range, need(`a list, each of it ${RANGE}`))
      .min(1, `expected at least one: ${RANGE}`)
      .max(20, 'expected at most 20 ranges')
      .optional()
      .describe('Instead of only removing a rule: first allow these ranges on its ports, then remove it'),
  },
  need('a rule: a mapping with name and mode'),
)

/** Ports by which a machine is administered: their doors are the worst, and the breaker keeps a reserve for them. */
const ADMINISTRATION = [
  'tcp/22',
  'tcp/23',
  'tcp/135',
  'tcp/445',
  'tcp/2375-2376',
  'tcp/3389',
  'udp/3389',
  'tcp/5900-5901',
  'tcp/5985-5986',
  'tcp/6443',
  'tcp/10250',
]

const isPattern = (text: string): boolean => {
  try {
    new RegExp(text, 'u')
    return true
  } catch {
    return false
  }
}

const Describe = z
  .strictObject(
    {
      mode: WatchOrAsk,
      pattern: z
        .string(need('a regular expression such as [A-Z]+-[0-9]+'))
        .max(200, 'expected at most 200 characters')
        .refine(isPattern, 'expected a regular expression such as [A-Z]+-[0-9]+')
        .default('\\S')
        .describe('What a description must hold: a ticket, for instance. Without it, anything but blanks'),
    },
    need('a mapping with mode, and pattern if you like'),
  )
  .optional()
  .describe('Every new inbound rule has to say why it exists')

/** What may be open to the world, and what is done where more is. */
export const OpenIngress = z.strictObject(
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
      .refine(ownNames, 'expected each rule to have its own name'),
    administration: somePorts
      .prefault(ADMINISTRATION)
      .describe('Ports by which machines are administered: open to the world, these are the worst class'),
    controllers: Mode.default('ask').describe(
      'What is done about groups whose rules a controller rewrites (EKS, load balancer controller, RDS proxy, Directory Service), where their rule acts',
    ),
    describe: Describe,
  },
  need('a mapping with rules'),
)
