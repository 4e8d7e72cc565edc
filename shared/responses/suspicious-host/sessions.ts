import { canonical } from '#shared/kit/canonical.ts'
import type { Role } from './world.ts'

/**
 * Credentials that were stolen from a host work from anywhere. An inline policy of the host's own denies its sessions,
 * whatever else the role allows: one policy an incident, so that two incidents on one role have nothing to merge
 * (docs/decisions/0015).
 */

/** One policy a host: its name tells whose sessions it denies. */
export const denialName = (id: string): string => `portcullis-${id}`

/**
 * The policy's document. Of this host's sessions: the id of a session that EC2 gives out ends in the instance's
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html). Of the whole role: those that were
 * given out before now; when that is, only the call knows
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html).
 */
export function denialFor(id: string, whose: 'host' | 'role'): string {
  const condition =
    whose === 'host' ? { StringLike: { 'aws:userid': `*:${id}` } } : { DateLessThan: { 'aws:TokenIssueTime': NOW } }
  return canonical({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: `Portcullis${id.replace(/[^a-z0-9]/g, '')}`,
        Effect: 'Deny',
        Action: ['*'],
        Resource: ['*'],
        Condition: condition,
      },
    ],
  })
}

/** Stands for the time of the call, so that the plan stays the same. */
export const NOW = '${now}'

/** Whether its policies can be changed by us: those of AWS's own services and of IAM Identity Center can't. */
export const isEditable = ({ path }: Pick<Role, 'path'>): boolean =>
  !path.startsWith('/aws-service-role/') && !path.startsWith('/aws-reserved/')
