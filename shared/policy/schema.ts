import * as z from 'zod'
import { LONGEST_GRACE } from '#shared/kit/longest-grace.ts'
import { matchesText } from './is-one-of.ts'
import { JumpBoxes } from './jump-boxes.ts'
import { OpenIngress } from './open-ingress.ts'
import { People, Slack } from './people.ts'
import { SuspiciousHosts } from './suspicious-hosts.ts'
import { count, DAY, duration, ids, name, need, ownNames, somePorts, WatchOrAsk, words } from './values.ts'

/** What the operator writes in `portcullis.yml`. Unknown keys are refused: a typo must not silently arm or disarm. */

const Grace = duration(
  'How long an undone change stays spared, unless the undo says otherwise',
  60,
  LONGEST_GRACE,
  '1m to 7d',
)

const ARN = 'the ARN of a user or role, such as arn:aws:iam::123456789012:role/deploy (a * stands for any text)'
const ActorSet = z.strictObject(
  {
    name,
    principals: z
      .array(
        z.string(need(ARN)).regex(/^arn:[a-z-]+:iam::(\d{12}|\*):(user|role)\/[\w+=,.@/*-]+$/, `expected ${ARN}`),
        need(`a list, each of it ${ARN}`),
      )
      .min(1, `expected at least one: ${ARN}`),
    automation: z
      .strictObject(
        {
          rounds: count(
            1,
            100,
            'How often within a day what they put back is closed before it is left to a person',
          ).default(3),
        },
        need('a mapping, with rounds if you like'),
      )
      .optional()
      .describe('They are machines that put back what their configuration says: after some rounds a person is asked'),
  },
  need('a mapping with name and principals'),
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
      actors: z
        .array(name, need('a list of names under actors'))
        .min(1, 'expected at least one name under actors')
        .optional()
        .describe(
          'Spares only rules that one of these made, as CloudTrail told; where that is not known, a person is asked',
        ),
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

/** Whether a principal's pattern lets in the role of the function that launches jump boxes, as CloudFormation names it. */
function isOwnLauncher(principal: string): boolean {
  const [, name = ''] = /:role\/(?:.*\/)?([^/]+)$/.exec(principal) ?? []
  if (name.includes('KeepJumpBoxesRole')) return true
  const [, stage = 'prod'] = /^portcullis-([a-z0-9-]*[a-z0-9])/.exec(name) ?? []
  return matchesText(name, `portcullis-${stage}-KeepJumpBoxesRole-1`)
}

export const PolicySchema = z
  .strictObject(
    {
      version: z.literal(1, need('1')),
      'open-ingress': OpenIngress,
      'impaired-defences': z
        .strictObject({ mode: WatchOrAsk.default('watch') }, need('a mapping with mode'))
        .prefault({})
        .describe('Something switches off what we see by: trails, the Config recorder, our own rules'),
      'suspicious-hosts': SuspiciousHosts,
      'jump-boxes': JumpBoxes,
      people: People,
      slack: Slack,
      grace: Grace.prefault('1h'),
      asks: z
        .strictObject(
          {
            expire: duration(
              'How long an ask can be approved; then it is asked anew',
              3_600,
              30 * DAY,
              '1h to 30d',
            ).prefault('3d'),
            remind: duration('After how long an unanswered ask is told again', 60, 7 * DAY, '1m to 7d').prefault('1d'),
          },
          need('a mapping with expire or remind'),
        )
        .prefault({}),
      notices: z
        .strictObject(
          {
            open: count(
              1,
              1_000,
              'At most so many notices of findings that are left open go out one by one; the rest come in the digest of the sweep',
            ).default(10),
            within: duration('Within how long', 60, DAY, '1m to 1d').prefault('10m'),
          },
          need('a mapping with open or within'),
        )
        .prefault({}),
      breaker: z
        .strictObject(
          {
            subjects: count(
              1,
              1_000,
              'On how many distinct subjects a response acts within an hour; beyond that it asks',
            ).default(20),
            reserve: count(0, 1_000, 'How many more, for the worst class alone').default(10),
          },
          need('a mapping with subjects or reserve'),
        )
        .prefault({}),
      actors: z
        .array(ActorSet, need('a list of named principals'))
        .default([])
        .refine(ownNames, 'expected each set of actors to have its own name'),
      exemptions: z
        .array(Exemption, need('a list of exemptions'))
        .default([])
        .refine(ownNames, 'expected each exemption to have its own name'),
    },
    need('version and open-ingress'),
  )
  .superRefine(({ actors, exemptions, people, slack, 'suspicious-hosts': hosts, 'jump-boxes': jumps }, context) => {
    const known = new Set(actors.map((one) => one.name))
    const persons = new Set(people.map((one) => one.name))
    for (const [i, { who, approval }] of jumps.zones.entries()) {
      const path = ['jump-boxes', 'zones', i]
      const lists = [
        { at: [...path, 'who'], names: who === 'everybody' ? [] : who },
        { at: [...path, 'approval', 'by'], names: approval?.by ?? [] },
      ]
      for (const { at, names } of lists)
        for (const [k, one] of names.entries())
          if (!persons.has(one))
            context.addIssue({
              code: 'custom',
              path: [...at, k],
              message: 'expected a name under people; there is none of that name',
            })
      if (approval?.['slack-group'] && !slack)
        context.addIssue({
          code: 'custom',
          path: [...path, 'approval', 'slack-group'],
          message: 'expected slack to be set: there is no workspace to ask',
        })
    }
    for (const [i, { when }] of hosts.rules.entries()) {
      const launchers = when.rogue?.['launched-by']
      const principals = actors.flatMap((one) => (launchers?.includes(one.name) ? one.principals : []))
      if (jumps.zones.length > 0 && launchers && !principals.some(isOwnLauncher))
        context.addIssue({
          code: 'custom',
          path: ['suspicious-hosts', 'rules', i, 'when', 'rogue', 'launched-by'],
          message:
            'expected an actor among these with the principal "arn:aws:iam::*:role/portcullis-*-KeepJumpBoxesRole-*": it launches the jump boxes, which would be cut off as rogue',
        })
    }
    for (const [i, { when }] of hosts.rules.entries())
      for (const [k, actor] of (when.rogue?.['launched-by'] ?? []).entries())
        if (!known.has(actor))
          context.addIssue({
            code: 'custom',
            path: ['suspicious-hosts', 'rules', i, 'when', 'rogue', 'launched-by', k],
            message: 'expected a name under actors; there is none of that name',
          })
    for (const [i, exemption] of exemptions.entries())
      for (const [k, actor] of (exemption.actors ?? []).entries())
        if (!known.has(actor))
          context.addIssue({
            code: 'custom',
            path: ['exemptions', i, 'actors', k],
            message: 'expected a name under actors; there is none of that name',
          })
  })

/** The policy as read: durations in seconds, prefix lengths as numbers, ports as ranges. It survives JSON. */
export type Policy = z.output<typeof PolicySchema>
export type PolicyRule = Policy['open-ingress']['rules'][number]
export type Exemption = Policy['exemptions'][number]
export type Actors = Policy['actors'][number]
export type PolicyMode = PolicyRule['mode']
export type HostPolicy = Policy['suspicious-hosts']
export type HostRule = HostPolicy['rules'][number]
export type Zone = Policy['jump-boxes']['zones'][number]
export type PolicyPerson = Policy['people'][number]
