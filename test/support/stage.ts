import type { Policy } from '#shared/policy/schema.ts'
import { respond } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import type { GroupWorld, IngressRule } from '#shared/responses/open-ingress/world.ts'
import type { Actor, ApiCall, Approval, Signal } from '#shared/signal.ts'
import { fakeWorld, tick } from './fake-world.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
const ACCOUNT = '123456789012'

export const mallory: Actor = { type: 'IAMUser', name: 'mallory', principal: `arn:aws:iam::${ACCOUNT}:user/mallory` }
export const pipeline: Actor = {
  type: 'AssumedRole',
  name: `arn:aws:sts::${ACCOUNT}:assumed-role/pipeline/build-7`,
  principal: `arn:aws:iam::${ACCOUNT}:role/pipeline`,
}

/** A world of groups in memory, with the things that happen in it: doors are opened, sweeps come round, people answer. */
export function stage(policy: Policy, groups: Record<string, IngressRule[]>) {
  const world = fakeWorld(policy, groups)
  // A first sweep tells all in one digest: this world has been swept before.
  world.sweeps.set('open-ingress', { startedAt: 1, completedAt: 1 })
  let runs = 0
  const send = (signal: Signal) =>
    respond(openIngress, signal, world.ports, { id: `run-${++runs}`, startedAt: world.time.now })
  const group = (id: string) => world.worlds.get(id)!
  const change = (id: string, more: Partial<GroupWorld>) => world.worlds.set(id, { ...group(id), ...more })
  const opening = (id: string, rule: IngressRule, actor = mallory): ApiCall =>
    openedBy(id, rule, actor, world.time.now - 2_000, `event-${rule.id}`)
  return {
    ...world,
    send,
    opening,
    change,
    mark: (id: string, more: Partial<NonNullable<GroupWorld['group']>>) =>
      change(id, { group: { ...group(id).group!, ...more } }),
    /** Somebody adds a rule, and the event of it comes. */
    open: (id: string, rule: IngressRule, actor = mallory) => {
      change(id, { rules: [...group(id).rules, rule] })
      return send(opening(id, rule, actor))
    },
    sweep: (later = HOUR / 4) => {
      world.time.now += later
      return send(tick())
    },
    approval: (subject: string): Approval => ({
      kind: 'approval',
      id: 'approval',
      account: ACCOUNT,
      region: 'eu-central-1',
      at: new Date(world.time.now),
      subject,
    }),
    left: (id: string) => group(id).rules.map((rule) => rule.id),
    texts: () => world.notices.map((one) => String(one.message.text)),
    headsOf: (id: string) => [...world.heads.values()].filter((head) => head.subject === id),
  }
}

/** The event of a rule that somebody added, with all that CloudTrail tells of it. */
export const openedBy = (groupId: string, rule: IngressRule, actor: Actor, at: number, id: string): ApiCall => ({
  kind: 'api-call',
  id,
  account: ACCOUNT,
  region: 'eu-central-1',
  at: new Date(at),
  source: 'ec2.amazonaws.com',
  name: 'AuthorizeSecurityGroupIngress',
  actor,
  request: { groupId },
  response: {
    securityGroupRuleSet: {
      items: [
        {
          groupId,
          securityGroupRuleId: rule.id,
          isEgress: false,
          ipProtocol: rule.protocol,
          fromPort: rule.from,
          toPort: rule.to,
          ...(rule.prefixList ? { prefixListId: rule.prefixList } : { cidrIpv4: rule.cidr }),
          ...(rule.description ? { description: rule.description } : {}),
        },
      ],
    },
  },
})
