import type { DoctorReads } from '#shared/aws/doctor-reads.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'
import type { Guard, SweepState } from '#shared/ledger.ts'
import { shipped } from './policies.ts'

export const NOW = Date.parse('2026-05-05T12:00:00Z')
const HOUR = 3_600_000

/** What AWS answers where all is well. */
const well = {
  'cloudtrail:DescribeTrails': async () => ({
    trailList: [{ Name: 'main', TrailARN: 'arn:aws:cloudtrail:eu-central-1:1:trail/main', HomeRegion: 'eu-central-1' }],
  }),
  'cloudtrail:GetTrailStatus': async () => ({ IsLogging: true }),
  'cloudtrail:GetEventSelectors': async () => ({}),
  'cloudtrail:LookupEvents': async () => ({ Events: [] }),
  'config:DescribeConfigurationRecorders': async () => ({ ConfigurationRecorders: [{ name: 'default' }] }),
  'config:DescribeConfigurationRecorderStatus': async () => ({
    ConfigurationRecordersStatus: [{ name: 'default', recording: true, lastStatus: 'SUCCESS' }],
  }),
  'dynamodb:DescribeTable': async () => ({
    Table: { DeletionProtectionEnabled: true, CreationDateTime: new Date(NOW - 1_000 * HOUR) },
  }),
  'dynamodb:DescribeContinuousBackups': async () => ({
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
    },
  }),
  'events:ListRuleNamesByTarget': async () => ({ RuleNames: ['rule', 'tick'] }),
  'events:DescribeRule': async ({ Name }: { Name?: string }) => ({
    Name,
    State: 'ENABLED',
    ...(Name === 'rule' ? { EventPattern: '{}' } : { ScheduleExpression: 'rate(15 minutes)' }),
  }),
  'sns:ListSubscriptionsByTopic': async () => ({
    Subscriptions: [{ Protocol: 'email', SubscriptionArn: 'arn:aws:sns:eu-central-1:1:topic:2' }],
  }),
  'sqs:GetQueueAttributes': async () => ({ Attributes: { ApproximateNumberOfMessages: '0' } }),
}

/** A deployment where all is well, but for what is given. */
export function outside(
  aws: Partial<Record<keyof DoctorReads, (input: never) => Promise<unknown>>> = {},
  more: Partial<DoctorOutside> = {},
): DoctorOutside {
  return {
    stage: 'prod',
    account: '123456789012',
    region: 'eu-central-1',
    policy: shipped,
    now: () => NOW,
    notices: 'arn:aws-cn:sns:eu-central-1:123456789012:portcullis-notices-prod',
    deadLetters: ['https://sqs.eu-central-1.amazonaws.com/123456789012/portcullis-dead-letters-prod'],
    responders: [
      { name: 'close-open-ingress', events: 1, ticks: 1 },
      { name: 'undo-open-ingress', events: 0, ticks: 0 },
    ],
    responses: ['open-ingress'],
    ledger: ledger(),
    awsTime: async () => NOW,
    askPowers: async () => [{ name: 'ec2:DescribeSecurityGroups', state: 'ok', says: 'AWS would let it.' }],
    ...more,
    aws: { ...well, ...aws } as unknown as DoctorReads,
  }
}

/** What the doctor reads of a ledger. */
export const ledger = (
  more: { lastEvent?: number; sweep?: SweepState | null; guard?: Guard } = {},
): DoctorOutside['ledger'] => ({
  lastEvent: async () => more.lastEvent ?? NOW - HOUR,
  sweep: async () => (more.sweep === undefined ? { startedAt: NOW - 700_000, completedAt: NOW - 600_000 } : more.sweep),
  guard: async () => more.guard ?? { disarmed: null, tokens: [] },
})

/** An error as AWS's clients throw it. */
export const awsError = (name: string, message = 'no'): Error => Object.assign(new Error(message), { name })
