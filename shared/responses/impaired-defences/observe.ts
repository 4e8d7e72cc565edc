import { logsWrites } from '#shared/aws/event-selectors.ts'
import { recordsGroups } from '#shared/aws/recording-group.ts'
import { awsCode, isDenied } from '#shared/fault.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outside } from '#shared/response.ts'
import type { DefenceWorld, Recorder, Trail } from './world.ts'

type Reads = Outside['reads']

/** What is there now of what we see by. */
export async function observe(subject: string, { reads }: Pick<Outside, 'reads'>): Promise<DefenceWorld> {
  if (subject === 'trail') return { subject, trails: await trails(reads) }
  const name = subject.slice(subject.indexOf('/') + 1)
  return subject.startsWith('recorder/')
    ? { subject, recorder: { name, all: await recorders(reads) } }
    : { subject, rule: await rule(name, reads) }
}

/** Every trail that applies here: those of this region, and the shadows of those for all regions. */
async function trails(reads: Reads): Promise<Trail[]> {
  const { trailList = [] } = await reads['cloudtrail:DescribeTrails']({ includeShadowTrails: true })
  return mapLimit(trailList, 4, async ({ TrailARN: arn = '' }) => {
    const [status, selectors] = await Promise.all([
      orUnknown(reads['cloudtrail:GetTrailStatus']({ Name: arn })),
      orUnknown(reads['cloudtrail:GetEventSelectors']({ TrailName: arn })),
    ])
    return {
      arn,
      isLogging: status === null ? null : status.IsLogging === true,
      logsManagementWrites:
        selectors === null ? null : logsWrites(selectors.EventSelectors, selectors.AdvancedEventSelectors),
    }
  })
}

/** The recorder of this region, or two for the moment in which one takes the place of another. */
export async function recorders(reads: Reads): Promise<Recorder[]> {
  const [{ ConfigurationRecordersStatus = [] }, made] = await Promise.all([
    reads['config:DescribeConfigurationRecorderStatus']({}),
    orUnknown(reads['config:DescribeConfigurationRecorders']({})),
  ])
  return ConfigurationRecordersStatus.map(({ name = '', recording = false }) => {
    const own = made?.ConfigurationRecorders?.find((one) => one.name === name)
    return { name, isRecording: recording, recordsGroups: own ? recordsGroups(own) : null }
  })
}

async function rule(name: string, reads: Reads): Promise<NonNullable<DefenceWorld['rule']>> {
  try {
    const { State } = await reads['events:DescribeRule']({ Name: name })
    return { name, state: State === 'DISABLED' ? 'disabled' : 'enabled' }
  } catch (error) {
    if (awsCode(error) === 'ResourceNotFoundException') return { name, state: 'deleted' }
    throw error
  }
}

/** An organization's trail belongs to another account, which may let nobody here read it: then it is not known. */
async function orUnknown<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (isDenied(error) || awsCode(error) === 'TrailNotFoundException') return null
    throw error
  }
}
