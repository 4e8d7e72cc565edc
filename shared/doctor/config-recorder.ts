import type { ConfigurationRecorder, ConfigurationRecorderStatus } from '@aws-sdk/client-config-service'
import { RECORDED, recordsGroups } from '#shared/aws/recording-group.ts'
import { bad, type Check, ok, unknown } from '#shared/doctor/check.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'

const NAME = 'config-recorder'

/** Whether AWS Config records security groups: the second opinion, beside CloudTrail. */
export async function configRecorder({ aws }: DoctorOutside): Promise<Check> {
  const [recorders, statuses] = await Promise.all([
    aws['config:DescribeConfigurationRecorders'](),
    aws['config:DescribeConfigurationRecorderStatus'](),
  ])
  return judgeRecorder(recorders.ConfigurationRecorders ?? [], statuses.ConfigurationRecordersStatus ?? [])
}

/** Judges the recorders that are there. Config is a choice, and has its price: where there is none, nothing is broken. */
export function judgeRecorder(
  recorders: readonly ConfigurationRecorder[],
  statuses: readonly ConfigurationRecorderStatus[],
): Check {
  if (recorders.length === 0)
    return unknown(
      NAME,
      'AWS Config does not record here: what CloudTrail does not tell of is found by the sweep alone.',
      'If you want the second opinion, let AWS Config record AWS::EC2::SecurityGroup.',
    )
  const recording = recorders.find(recordsGroups)
  if (!recording)
    return bad(
      NAME,
      `No recorder of AWS Config records ${RECORDED}.`,
      `Take ${RECORDED} into what the recorder records.`,
    )
  const status = statuses.find(({ name }) => name === recording.name)
  if (!status?.recording)
    return bad(
      NAME,
      `The recorder ${recording.name} is stopped.`,
      'Start it: aws configservice start-configuration-recorder.',
    )
  // Pending, Success, Failure or NotApplicable; some emulators and older answers write them in capitals.
  // https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationRecorderStatus.html
  if (status.lastStatus?.toUpperCase() === 'FAILURE')
    return bad(
      NAME,
      `The recorder ${recording.name} fails: ${status.lastErrorCode ?? 'no code'}${status.lastErrorMessage ? ` (${status.lastErrorMessage})` : ''}.`,
      "Look at the recorder's role and at its delivery channel.",
    )
  return ok(NAME, `The recorder ${recording.name} records ${RECORDED}.`)
}
