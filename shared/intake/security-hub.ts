import { field, list, text } from '#shared/kit/loose.ts'
import type { HostAlert } from '#shared/signal.ts'
import { type Envelope, instancesIn } from './guardduty.ts'

const LABELS: Readonly<Record<string, number>> = { INFORMATIONAL: 0, LOW: 3, MEDIUM: 5, HIGH: 8, CRITICAL: 9.5 }

/**
 * Reads the findings of a Security Hub event that are about instances: none, one or several. A custom action is a person's
 * choice; what is imported may have been written by whoever holds `securityhub:BatchImportFindings`.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
 */
export function fromSecurityHub(kind: string, detail: unknown, envelope: Envelope): readonly HostAlert[] {
  const action = kind.endsWith('Custom Action') ? text(field(detail, 'actionName')) : undefined
  return list(field(detail, 'findings')).flatMap((finding): HostAlert[] => {
    const hosts = instancesIn(field(finding, 'Resources'))
    const id = text(field(finding, 'Id'))
    const isOver =
      text(field(finding, 'RecordState')) === 'ARCHIVED' ||
      ['SUPPRESSED', 'RESOLVED'].includes(text(field(field(finding, 'Workflow'), 'Status')) ?? '')
    if (hosts.length === 0 || !id || (isOver && !action)) return []
    const types = list(field(finding, 'Types')).flatMap((one) => text(one) ?? [])
    return [
      {
        kind: 'host-alert',
        ...envelope,
        id: `${id}@${text(field(finding, 'UpdatedAt')) ?? envelope.id}`,
        account: text(field(finding, 'AwsAccountId')) ?? envelope.account,
        region: text(field(finding, 'Region')) ?? envelope.region,
        hosts: [...new Set(hosts)],
        suspicion: {
          id: action ? `${action}:${id}` : id,
          from: 'security-hub',
          type: action ?? types[0] ?? text(field(finding, 'GeneratorId')) ?? 'unknown',
          severity: severityOf(finding),
          says: text(field(finding, 'Title')) ?? 'a finding without a title',
          at: text(field(finding, 'FirstObservedAt', 'CreatedAt')) ?? envelope.at.toISOString(),
          ...(action ? {} : { forgeable: true as const }),
          ...(field(finding, 'Sample') === true ? { sample: true as const } : {}),
        },
      },
    ]
  })
}

/** Label, Normalized (0 to 100), Product (of the product's own scale) or none at all. */
function severityOf(finding: unknown): number {
  const severity = field(finding, 'Severity')
  const label = LABELS[text(field(severity, 'Label')) ?? '']
  if (label !== undefined) return label
  const normalized = Number(text(field(severity, 'Normalized')))
  if (Number.isFinite(normalized)) return normalized / 10
  const product = Number(text(field(severity, 'Product')))
  return Number.isFinite(product) ? Math.min(product, 10) : 0
}
