import { RECORDED } from '#shared/aws/recording-group.ts'
import type { ImpairedDefences } from '#shared/finding.ts'
import { quote } from '#shared/kit/quote.ts'
import type { DefenceWorld, Impairment, Rule, Trail } from './world.ts'

/** What is wrong with what we see by. What could not be read is no finding: the doctor says that it is not known. */
export function judge(world: DefenceWorld, region: string): readonly ImpairedDefences[] {
  const impairments = [
    ...(world.trails ? trailless(world.trails, region) : []),
    ...(world.recorder ? recordless(world.recorder) : []),
    ...(world.rule ? impaired(world.rule) : []),
  ]
  return impairments.map((impairment) => ({
    finding: 'impaired-defences',
    subject: world.subject,
    impairment,
    lapsed: [],
  }))
}

/** EventBridge is told of calls by trails: one that logs management writes is enough, none makes us deaf. */
function trailless(trails: readonly Trail[], region: string): Impairment[] {
  if (trails.some((trail) => trail.isLogging !== false && trail.logsManagementWrites !== false)) return []
  const idle = trails.find((trail) => trail.logsManagementWrites !== false)
  const kind = 'trail' as const
  if (idle) {
    // A trail for all regions is switched on in its home region alone.
    const [, , , home = region] = idle.arn.split(':')
    return [
      {
        kind,
        name: idle.arn,
        says: `no trail logs management writes here: ${nameOf(idle.arn)} is switched off`,
        fix: `aws cloudtrail start-logging --region ${home} --name ${idle.arn}`,
        curable: home === region,
      },
    ]
  }
  return [
    {
      kind,
      name: 'trail',
      says: trails.length === 0 ? 'there is no trail in this region' : 'no trail logs the calls that change something',
      fix: 'Create a trail that logs management writes in this region, or give one the selectors for it.',
      curable: false,
    },
  ]
}

/** To have no recorder is a choice; that one was there and is gone is told, until one records again. */
function recordless({ name, all }: NonNullable<DefenceWorld['recorder']>): Impairment[] {
  const own = all.find((one) => one.name === name)
  const kind = 'recorder' as const
  const called = `the AWS Config recorder ${quote(name, 64)}`
  const put = 'aws configservice put-configuration-recorder'
  if (!own)
    return all.some((one) => one.isRecording && one.recordsGroups !== false)
      ? []
      : [{ kind, name, says: `${called} was deleted`, fix: `Make one anew: ${put}, then start it.`, curable: false }]
  if (!own.isRecording)
    return [
      {
        kind,
        name,
        says: `${called} is switched off`,
        fix: `aws configservice start-configuration-recorder --configuration-recorder-name ${name}`,
        curable: true,
      },
    ]
  return own.recordsGroups === false
    ? [{ kind, name, says: `${called} records no ${RECORDED}`, fix: `Let it record them: ${put}.`, curable: false }]
    : []
}

const impaired = ({ name, state }: Rule): Impairment[] =>
  state === 'enabled'
    ? []
    : [
        {
          kind: 'rule',
          name,
          says: `the EventBridge rule ${name} of this stack is ${state}`,
          fix: state === 'disabled' ? `aws events enable-rule --name ${name}` : 'Deploy the stack anew.',
          curable: state === 'disabled',
        },
      ]

const nameOf = (arn: string): string => quote(arn.split('/').at(-1) ?? arn, 128)
