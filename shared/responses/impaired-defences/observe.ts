import { logsWrites } from '#shared/aws/event-selectors.ts'
import { awsCode, isDenied } from '#shared/fault.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outside } from '#shared/response.ts'
import type { DefenceWorld, Trail } from './world.ts'

type Reads = Outside['reads']

/** What is there now of what we see by. */
export async function observe(subject: string, { reads }: Pick<Outside, 'reads'>): Promise<DefenceWorld> {
  if (subject === 'trail') return { subject, trails: await trails(reads) }
  if (subject === 'recorder') return { subject, recorders: await recorders(reads) }
  return { subject, rule: await rule(subject.replace(/^rule\//, ''), reads) }
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

async function recorders(reads: Reads) {
  const { ConfigurationRecordersStatus = [] } = await reads['config:DescribeConfigurationRecorderStatus']({})
  return ConfigurationRecordersStatus.map(({ name = '', recording = false }) => ({ name, isRecording: recording }))
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
