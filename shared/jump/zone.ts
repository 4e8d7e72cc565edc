import { matchesArn } from '#shared/policy/is-one-of.ts'
import type { Policy, PolicyPerson, Zone } from '#shared/policy/schema.ts'

/** The zone of that name; undefined where the policy has none. */
export const zoneOf = (name: string, policy: Policy): Zone | undefined =>
  policy['jump-boxes'].zones.find((zone) => zone.name === name)

/** Whether somebody may ask for a box in a zone. */
export const mayAsk = (person: string, { who }: Pick<Zone, 'who'>, { people }: Pick<Policy, 'people'>): boolean =>
  people.some(({ name }) => name === person) && (who === 'everybody' || who.includes(person))

/** The zones in which somebody may ask for a box. */
export const zonesFor = (person: string, policy: Policy): readonly Zone[] =>
  policy['jump-boxes'].zones.filter((zone) => mayAsk(person, zone, policy))

/** Who that is to Slack. */
export const bySlackId = (id: string, { people }: Pick<Policy, 'people'>): PolicyPerson | undefined =>
  people.find(({ slack }) => slack === id)

/** Who the caller is whom IAM vouches for, by ARN: the first whose principals fit. */
export const byPrincipal = (arn: string, { people }: Pick<Policy, 'people'>): PolicyPerson | undefined =>
  people.find(({ principals }) => principals.some((pattern) => matchesArn(pattern, arn)))
