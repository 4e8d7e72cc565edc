import type { ImpairedDefences } from '#shared/finding.ts'
import { quote } from '#shared/kit/quote.ts'
import type { DefenceWorld, Impairment, Recorder, Rule, Trail } from './world.ts'

/** What is wrong with what we see by. What could not be read is no finding: the doctor says that it is not known. */
export function judge(world: DefenceWorld, region: string): readonly ImpairedDefences[] {
  const impairments = [
    ...(world.trails ? trailless(world.trails, region) : []),
    ...(world.recorders ?? []).flatMap(stopped),
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

const stopped = ({ name, isRecording }: Recorder): Impairment[] =>
  isRecording
    ? []
    : [
        {
          kind: 'recorder',
          name,
          says: `the AWS Config recorder ${quote(name, 64)} is switched off`,
          fix: `aws configservice start-configuration-recorder --configuration-recorder-name ${name}`,
          curable: true,
        },
      ]

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
