import type { Policy, PolicyMode } from '#shared/policy/schema.ts'

/** What the policy sets a mode for, by the name that people know it by. */
export interface NamedMode {
  readonly name: string
  readonly mode: PolicyMode
}

/** Everything in the policy that watches, asks or acts by itself. (`controllers` only softens a rule that does.) */
export const modesOf = (policy: Policy): readonly NamedMode[] => [
  ...policy['open-ingress'].rules.map(({ name, mode }) => ({ name, mode })),
  ...(policy['open-ingress'].describe
    ? [{ name: 'open-ingress.describe', mode: policy['open-ingress'].describe.mode }]
    : []),
  { name: 'impaired-defences', mode: policy['impaired-defences'].mode },
  ...policy['jump-boxes'].zones.map(({ name, approval }) => ({
    name: `jump-boxes.zones.${name}`,
    mode: approval ? ('ask' as const) : ('act' as const),
  })),
  ...policy['suspicious-hosts'].rules.flatMap(({ name, mode, preserve = mode }) => [
    { name, mode },
    ...(preserve === 'none' || preserve === mode ? [] : [{ name: `${name} (evidence)`, mode: preserve }]),
  ]),
]

/** What needs somebody to hear of it: what asks a person, and what changes something. */
export const armedOf = (policy: Policy): readonly NamedMode[] => modesOf(policy).filter(({ mode }) => mode !== 'watch')
