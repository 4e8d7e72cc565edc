/** Which kind of policy said no, and what to do about it. */
export interface Refusal {
  readonly by: string
  readonly fix: string
}

const KINDS = [
  'service control policy',
  'resource control policy',
  'permissions boundary',
  'session policy',
  'VPC endpoint policy',
  'resource-based policy',
  'identity-based policy',
] as const

const FIXES: Readonly<Partial<Record<(typeof KINDS)[number], string>>> = {
  'service control policy': 'Ask whoever runs the organization to leave the role of this function out of that policy.',
  'resource control policy': 'Ask whoever runs the organization to leave the role of this function out of that policy.',
  'permissions boundary':
    'Let the boundary allow it (parameter permissionsBoundary), or deploy with another; docs/powers.md has what is needed.',
  'identity-based policy':
    'Deploy again: the role is not as the stack made it. Then find out in CloudTrail who changed it.',
}
const ANY = 'Compare the role with docs/powers.md, then look for what denies above it: organization, boundary.'

/**
 * Reads out of AWS's message what kind of policy refused: `with an explicit deny in a TYPE` or `because no TYPE allows the
 * ACTION action`. Where several do, AWS names one. EC2 may say neither.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function refusalOf(message: string): Refusal {
  const words = message.replace(/\s+/g, ' ').toLowerCase()
  for (const kind of KINDS) {
    const named = kind.toLowerCase()
    const fix = FIXES[kind] ?? ANY
    // Newer messages go on with the policy's ARN.
    const [, arn] = new RegExp(`explicit deny in an? ${named}(?::? \\(?(arn:[^\\s)]+))?`).exec(words) ?? []
    if (words.includes(`explicit deny in a ${named}`) || words.includes(`explicit deny in an ${named}`))
      return { by: `an explicit deny in ${article(kind)}${arn ? ` (${arn.replace(/[.,;]$/, '')})` : ''}`, fix }
    if (words.includes(`because no ${named} allows`)) return { by: `no ${kind} allows it`, fix }
  }
  return { by: 'it does not say which policy', fix: ANY }
}

const article = (kind: string): string => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`
