import type { Circumstances } from '#shared/finding.ts'
import type { GroupWorld, IngressRule } from '#shared/responses/open-ingress/world.ts'

export const GROUP = 'sg-0a1b2c3d4e5f60718'
export const NOW = new Date('2026-06-15T12:00:00Z')
export const ACCOUNT = '111122223333'

let serial = 0

/** A rule in few words: `rule('tcp', 22, '0.0.0.0/0')`, `rule('tcp', [20, 25], '::/0', { description: 'x' })`. */
export function rule(
  protocol: string,
  ports: number | readonly [number, number],
  source: string,
  more: Partial<IngressRule> = {},
): IngressRule {
  const [from, to] = typeof ports === 'number' ? [ports, ports] : ports
  const kind = source.startsWith('pl-') ? 'prefixList' : source.startsWith('sg-') ? 'group' : 'cidr'
  return { id: `sgr-${String(++serial).padStart(17, '0')}`, protocol, from, to, [kind]: source, ...more }
}

export const world = (rules: readonly IngressRule[], more: Partial<GroupWorld['group'] & object> = {}): GroupWorld => ({
  subject: GROUP,
  group: { id: GROUP, vpc: 'vpc-0123456789abcdef0', tags: {}, ...more },
  rules,
})

export const circumstances = (more: Partial<Circumstances> = {}): Circumstances => ({
  now: NOW,
  account: ACCOUNT,
  graces: [],
  origins: [],
  rounds: [],
  suspicions: [],
  taken: [],
  ...more,
})
