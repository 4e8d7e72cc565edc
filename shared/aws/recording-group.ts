import type { ConfigurationRecorder } from '@aws-sdk/client-config-service'

/** What AWS Config has to record to be our second opinion. */
export const RECORDED = 'AWS::EC2::SecurityGroup'

/**
 * Whether a recorder's group has security groups in it. An exclusion overrides what else is set.
 * https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html
 */
export function recordsGroups({ recordingGroup }: ConfigurationRecorder): boolean {
  // Without a group, everything that Config supports is recorded.
  if (!recordingGroup) return true
  const { allSupported, resourceTypes = [], exclusionByResourceTypes, recordingStrategy } = recordingGroup
  if (recordingStrategy?.useOnly === 'EXCLUSION_BY_RESOURCE_TYPES')
    return !exclusionByResourceTypes?.resourceTypes?.includes(RECORDED)
  return allSupported === true || resourceTypes.includes(RECORDED)
}
