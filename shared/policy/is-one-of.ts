import type { Actors } from '#shared/policy/schema.ts'
import type { Actor } from '#shared/signal.ts'

/** Whether the actor is one of those: by the user or role that IAM vouches for, never by a session's name. */
export const isOneOf = ({ principal }: Actor, { principals }: Actors): boolean =>
  principal !== undefined && principals.some((pattern) => matchesText(pattern, principal))

/** A `*` stands for any text; all else is meant as it is written. */
export function matchesText(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^]*')}$`, 'u').test(text)
}
