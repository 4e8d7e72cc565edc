import type { EventSelector } from '@aws-sdk/client-cloudtrail'
import type { Reads } from '#shared/aws/reads.ts'

/** What Portcullis sees by, as it is when an event comes. */
export interface Defences {
  readonly trails?: readonly {
    readonly arn: string
    readonly isLogging: boolean
    /** Without any, all management events. */
    readonly selectors?: readonly EventSelector[]
  }[]
  readonly recorders?: readonly { readonly name: string; readonly recording: boolean }[]
  /** The state of each rule, by its name. One that is not named is not there. */
  readonly rules?: Readonly<Record<string, string>>
}

const $metadata = {}
const missing = (name: string) => Promise.reject(Object.assign(new Error('there is none'), { name }))

/** CloudTrail, AWS Config and EventBridge, as they answer about these. */
export function defenceReads({ trails = [], recorders = [], rules = {} }: Defences): Reads {
  const trailOf = (arn: string | undefined) => trails.find((one) => one.arn === arn)
  const recordingGroup = { allSupported: true, includeGlobalResourceTypes: true }
  const reads = {
    'cloudtrail:DescribeTrails': async () => ({ trailList: trails.map(({ arn }) => ({ TrailARN: arn })), $metadata }),
    'cloudtrail:GetTrailStatus': async ({ Name }: { Name?: string }) => {
      const trail = trailOf(Name)
      return trail ? { IsLogging: trail.isLogging, $metadata } : missing('TrailNotFoundException')
    },
    'cloudtrail:GetEventSelectors': async ({ TrailName }: { TrailName?: string }) => ({
      EventSelectors: trailOf(TrailName)?.selectors ?? [{ ReadWriteType: 'All', IncludeManagementEvents: true }],
      $metadata,
    }),
    'config:DescribeConfigurationRecorderStatus': async () => ({ ConfigurationRecordersStatus: recorders, $metadata }),
    'config:DescribeConfigurationRecorders': async () => ({
      ConfigurationRecorders: recorders.map(({ name }) => ({ name, recordingGroup })),
      $metadata,
    }),
    'events:DescribeRule': async ({ Name = '' }: { Name?: string }) =>
      rules[Name] ? { Name, State: rules[Name], $metadata } : missing('ResourceNotFoundException'),
    'events:ListRules': async ({ NamePrefix = '' }: { NamePrefix?: string }) => ({
      Rules: Object.entries(rules).flatMap(([Name, State]) => (Name.startsWith(NamePrefix) ? [{ Name, State }] : [])),
      $metadata,
    }),
    'events:ListTargetsByRule': async () => ({ Targets: [{ Id: 'function' }], $metadata }),
  }
  return reads as unknown as Reads
}
