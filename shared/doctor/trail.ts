import type { Trail } from '@aws-sdk/client-cloudtrail'
import { logsWrites } from '#shared/aws/event-selectors.ts'
import { bad, type Check, ok, unknown } from '#shared/doctor/check.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'
import { errorText } from '#shared/fault.ts'

const NAME = 'trail'
const FIX = 'Make a multi-region trail that logs management events, reads or not, and start its logging.'

/** What is known of a trail. `null`: AWS would not say. */
export interface TrailFacts {
  readonly name: string
  readonly covers: boolean
  readonly logging: boolean | null
  readonly writes: boolean | null
  readonly why?: string
}

/**
 * Whether a trail logs what management calls change here. EventBridge gets API calls by way of a trail, and of nothing else.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export async function trail({ aws, region }: DoctorOutside): Promise<Check> {
  // Shadow trails are those of other regions, and of the organization, that reach here.
  // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
  const { trailList = [] } = await aws['cloudtrail:DescribeTrails']({ includeShadowTrails: true })
  const facts = await Promise.all(trailList.map((one) => factsOf(aws, one, region)))
  return judgeTrails(facts, region)
}

/** Judges the trails that reach this account: one that hears is enough. */
export function judgeTrails(trails: readonly TrailFacts[], region: string): Check {
  const here = trails.filter((one) => one.covers)
  const hears = here.find((one) => one.logging && one.writes)
  if (hears) return ok(NAME, `The trail ${hears.name} logs management writes in ${region}.`)
  const unsure = here.find((one) => one.logging !== false && one.writes !== false)
  if (unsure)
    return unknown(
      NAME,
      `The trail ${unsure.name} reaches ${region}, but AWS does not say whether it logs management writes (${unsure.why}).`,
      'Ask whoever owns the trail, or open a port on an unused security group and see whether last-event moves.',
    )
  if (here.length === 0)
    return bad(NAME, `No trail reaches ${region}: EventBridge hears of no API call, and nothing says so.`, FIX)
  return bad(NAME, `No trail logs management writes in ${region}: ${here.map(deafness).join('; ')}.`, FIX)
}

const deafness = ({ name, logging }: TrailFacts): string =>
  logging === false ? `${name} is stopped` : `${name} leaves management writes out`

async function factsOf(aws: DoctorOutside['aws'], one: Trail, region: string): Promise<TrailFacts> {
  const name = one.Name ?? one.TrailARN ?? 'without a name'
  const covers = coversRegion(one, region)
  if (!covers) return { name, covers, logging: null, writes: null }
  // By ARN: a shadow trail is not found by its name.
  // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
  const arn = one.TrailARN ?? name
  const [status, selectors] = await Promise.allSettled([
    aws['cloudtrail:GetTrailStatus']({ Name: arn }),
    aws['cloudtrail:GetEventSelectors']({ TrailName: arn }),
  ])
  // A member account sees its organization's trail, but may not be told of its selectors.
  // https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudtrail.html
  const refused = [status, selectors].find((answer) => answer.status === 'rejected')
  return {
    name,
    covers,
    logging: status.status === 'fulfilled' ? status.value.IsLogging === true : null,
    writes:
      selectors.status === 'fulfilled'
        ? logsWrites(selectors.value.EventSelectors, selectors.value.AdvancedEventSelectors)
        : null,
    ...(refused ? { why: errorText(refused.reason) } : {}),
  }
}

/** A trail logs in its home region, or in all of them. */
export const coversRegion = ({ IsMultiRegionTrail, HomeRegion }: Trail, region: string): boolean =>
  IsMultiRegionTrail === true || HomeRegion === region
