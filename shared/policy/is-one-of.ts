import type { Actors } from '#shared/policy/schema.ts'
import type { Actor } from '#shared/signal.ts'

/** Whether the actor is one of those: by the user or role that IAM vouches for, never by a session's name. */
export const isOneOf = ({ principal }: Actor, { principals }: Actors): boolean =>
  principal !== undefined && principals.some((pattern) => matchesArn(pattern, principal))

/**
 * The same of an ARN, part by part: a `*` in place of the account stands for an account and for nothing else. A path may hold
 * colons, so `…:*:user/alice` would else let in somebody who is called `alice` under the path `/x:user/`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function matchesArn(pattern: string, arn: string): boolean {
  const [wanted, given] = [partsOf(pattern), partsOf(arn)]
  return wanted.length === given.length && wanted.every((part, i) => matchesText(part, given[i]!))
}

/** Partition, service, region, account; and the resource, whatever it holds. */
function partsOf(arn: string): string[] {
  const parts = arn.split(':')
  return [...parts.slice(0, 5), parts.slice(5).join(':')]
}

/** A `*` stands for any text; all else is meant as it is written. */
export function matchesText(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^]*')}$`, 'u').test(text)
}
