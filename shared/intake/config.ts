import { Fault } from '#shared/fault.ts'
import { field, list, text } from '#shared/kit/loose.ts'
import type { ConfigChange, HostAlert } from '#shared/signal.ts'
import type { Envelope } from './guardduty.ts'

/**
 * Reads AWS Config's word that a resource changed: the detail of an EventBridge event, or the message on Config's SNS
 * topic. Both may hold only a summary, where the item is too large. Only what changed is taken: what it is now, EC2 says.
 * Returns null where the message is of another kind (a delivery of a snapshot, a compliance change).
 */
export function fromConfig(
  message: unknown,
  envelope: { id: string; account?: string; region?: string },
): ConfigChange | null {
  const item = field(message, 'configurationItem', 'configurationItemSummary')
  const resourceType = text(field(item, 'resourceType'))
  const resourceId = text(field(item, 'resourceId'))
  if (!resourceType || !resourceId) return null
  const at = new Date(text(field(item, 'configurationItemCaptureTime')) ?? Number.NaN)
  return {
    kind: 'config-change',
    id: envelope.id,
    account: text(field(item, 'awsAccountId')) ?? envelope.account ?? '',
    region: text(field(item, 'awsRegion')) ?? envelope.region ?? '',
    at: Number.isNaN(at.getTime()) ? new Date(0) : at,
    resourceType,
    resourceId,
  }
}

/**
 * Reads that an instance does not comply with a rule of AWS Config. Null for other resources, and where it complies.
 * https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
 */
export function fromCompliance(detail: unknown, envelope: Envelope): HostAlert | null {
  const host = text(field(detail, 'resourceId'))
  const rule = text(field(detail, 'configRuleName'))
  const result = field(detail, 'newEvaluationResult')
  if (text(field(detail, 'resourceType')) !== 'AWS::EC2::Instance' || !host || !rule) return null
  if (text(field(result, 'complianceType')) !== 'NON_COMPLIANT') return null
  const at = text(field(result, 'resultRecordedTime')) ?? envelope.at.toISOString()
  return {
    kind: 'host-alert',
    ...envelope,
    account: text(field(detail, 'awsAccountId')) ?? envelope.account,
    region: text(field(detail, 'awsRegion')) ?? envelope.region,
    hosts: [host.toLowerCase()],
    suspicion: {
      id: `config-rule:${rule}`,
      from: 'config-rule',
      type: rule,
      severity: 0,
      says: text(field(result, 'annotation')) ?? `it does not comply with the Config rule ${rule}`,
      at,
      forgeable: true,
    },
  }
}

/** What came on an SNS topic: each record's message with its id. Throws `event-malformed` where a message is no JSON. */
export function fromTopic(event: unknown): { readonly id: string; readonly message: unknown }[] {
  return list(field(event, 'Records')).map((record) => {
    const sns = field(record, 'Sns')
    try {
      return {
        id: text(field(sns, 'MessageId')) ?? '',
        message: JSON.parse(text(field(sns, 'Message')) ?? '') as unknown,
      }
    } catch (error) {
      throw new Fault('event-malformed', 'Expected JSON in the message on the SNS topic; got other text.', error)
    }
  })
}
