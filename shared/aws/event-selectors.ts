import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail'

/**
 * Whether selectors let through what EC2's management calls change. Without any, a trail logs all management events.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
 */
export function logsWrites(
  basic: readonly EventSelector[] = [],
  advanced: readonly AdvancedEventSelector[] = [],
): boolean {
  if (basic.length === 0 && advanced.length === 0) return true
  return (
    basic.some(
      ({ IncludeManagementEvents, ReadWriteType }) => IncludeManagementEvents !== false && ReadWriteType !== 'ReadOnly',
    ) || advanced.some(letsWritesThrough)
  )
}

/**
 * An advanced selector lets an event through where all of its fields do.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
 */
function letsWritesThrough({ FieldSelectors = [] }: AdvancedEventSelector): boolean {
  const event: Readonly<Record<string, string>> = {
    eventCategory: 'Management',
    readOnly: 'false',
    eventSource: 'ec2.amazonaws.com',
  }
  const names = FieldSelectors.map(({ Field }) => Field)
  if (!names.includes('eventCategory')) return false
  return FieldSelectors.every(({ Field = '', ...conditions }) => {
    const value = event[Field]
    // A field that is none of ours, such as a user's ARN, narrows what is logged: it does not hear everything.
    if (value === undefined) return false
    const { Equals, StartsWith, EndsWith, NotEquals, NotStartsWith, NotEndsWith } = conditions
    return (
      (!Equals || Equals.includes(value)) &&
      (!StartsWith || StartsWith.some((start) => value.startsWith(start))) &&
      (!EndsWith || EndsWith.some((end) => value.endsWith(end))) &&
      !NotEquals?.includes(value) &&
      !NotStartsWith?.some((start) => value.startsWith(start)) &&
      !NotEndsWith?.some((end) => value.endsWith(end))
    )
  })
}
