import { readFileSync } from 'node:fs'
import { loadPolicy } from '#shared/policy/load.ts'
import type { Policy } from '#shared/policy/schema.ts'

/** The policy that ships with the project. */
export const shipped: Policy = loadPolicy(
  readFileSync(new URL('../../portcullis.yml', import.meta.url), 'utf8'),
  'portcullis.yml',
)

const read = new Map<string, Policy>()

/** A policy from YAML: one armed rule with the shipped allowed ports, and whatever the test adds below it. */
export function policyWith(more = '', rule = 'allow: [tcp/80, tcp/443, icmp, icmpv6]'): Policy {
  const text = `version: 1\nopen-ingress:\n  rules:\n    - name: no-world-ingress\n      mode: act\n      ${rule}\n${more}`
  const policy = read.get(text) ?? loadPolicy(text, 'test.yml')
  read.set(text, policy)
  return policy
}

/** One exemption as YAML. */
export const exemption = (more: string, name = 'legacy-mail', expires = '2027-01-31'): string =>
  `exemptions:\n  - name: ${name}\n    owner: mail-team@example.com\n    reason: partners deliver over plain SMTP\n    expires: ${expires}\n${more
    .split('\n')
    .map((line) => `    ${line}\n`)
    .join('')}`
