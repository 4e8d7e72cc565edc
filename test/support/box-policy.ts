import type { Policy } from '#shared/policy/schema.ts'
import { policyWith } from './policies.ts'

export const TARGETS = 'sg-0aaaaaaaaaaaaaaa1'
export const JOINED = 'sg-0bbbbbbbbbbbbbbb1'
export const HOSTED = 'Z0AAAAAAAAAAAAAAAAAA'

/** A real key of nobody's; who asks has this one unless a test says otherwise. */
export const KEY = `ssh-ed25519 ${Buffer.from(`0000000b7373682d6564323535313900000020${'4b'.repeat(32)}`, 'hex').toString('base64')}`

const NET = 'vpc: vpc-0a1\n      subnet: subnet-0a1'

/** The zones that tests ask for: a plain one, one with all that a zone may have, and one that wants an approval. */
export const ZONES: Readonly<Record<string, string>> = {
  lab: `
      about: the lab, where everything may be tried
      who: everybody
      ${NET}
      egress: [{ group: ${TARGETS}, ports: [tcp/22, tcp/443] }]
      usual: 1h
      longest: 4h`,
  full: `
      about: all that a zone may have
      who: everybody
      ${NET}
      image: ami-0123
      root-device: /dev/sda1
      size: t4g.small
      port: 2222
      egress: [{ group: ${TARGETS}, ports: [udp/53, icmp, tcp/5000-5100] }]
      joins: [${JOINED}]
      profile: jump-profile
      tags: { team: night, owner: the-night-shift }
      longest: 4h
      dns: { zone: ${HOSTED}, name: jump.example.com }`,
  vault: `
      about: what is kept safe
      who: [alice, bob, carol]
      ${NET}
      address: private
      egress: [{ group: ${TARGETS}, ports: [tcp/5432] }]
      usual: 30m
      longest: 1h
      approval: { by: [bob, alice], slack-group: S0123ONCAL, within: 10m }`,
}

export interface PolicyParts {
  readonly zones?: Readonly<Record<string, string>>
  readonly people?: readonly string[]
  readonly breaker?: number
}

export const PEOPLE = ['alice', 'bob', 'carol', 'dave']

/** A policy with these zones and people; each of them has a Slack id and a user of IAM. */
export function boxPolicy({ zones = ZONES, people = PEOPLE, breaker = 1_000 }: PolicyParts = {}): Policy {
  const persons = people.map(
    (name) =>
      `  - { name: ${name}, slack: ${slackId(name)}, principals: ["arn:aws:iam::*:user/${name}"], may: [approve, operate] }\n`,
  )
  const all = Object.entries(zones).map(([name, body]) => `    - name: ${name}${body}\n`)
  return policyWith(
    `people:\n${persons.join('')}slack: { workspace: T0123456789, channel: C0123456789 }\njump-boxes:\n  breaker: { boxes: ${breaker} }\n  zones:${all.length > 0 ? `\n${all.join('')}` : ' []\n'}`,
  )
}

export const slackId = (name: string): string => `U0123${name.toUpperCase().replace(/[^A-Z0-9]/g, '')}`
