import type { CreateScheduleCommandInput } from '@aws-sdk/client-scheduler'
import { approval } from '#shared/operators/invoke.ts'
import type { Wanted } from './wanted.ts'
import { BOX_TAG } from './world.ts'

/** The group of a deployment's schedules. */
export const scheduleGroup = (stage: string): string => `portcullis-${stage}`

/**
 * The one-time schedule that has the box ended. Its event says where to look and nothing else; it is gone once it has fired.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#one-time
 */
export function scheduleOf({ name, until, place, tags }: Wanted): CreateScheduleCommandInput {
  const { stage, ender, role, deadLetters } = place
  const [, , , region, account] = ender.split(':')
  const look = approval(`due-${name}`, tags[BOX_TAG]!, until, { account: account!, region: region! })
  return {
    GroupName: scheduleGroup(stage),
    Name: name,
    ScheduleExpression: `at(${until.slice(0, 19)})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: ender,
      RoleArn: role,
      Input: JSON.stringify(look),
      DeadLetterConfig: { Arn: deadLetters },
    },
  }
}

/** When a schedule of ours fires, as an ISO time. */
export const firesAt = (expression = ''): string => {
  const [, at] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) ?? []
  return at ? `${at}.000Z` : expression
}
