/** The account and region that the canned server plays. */
export const ACCOUNT = '123456789012'
export const REGION = 'eu-west-1'

/** The group's id by its number; the events and the server must agree on it. */
export const groupId = (i: number): string => `sg-0${(i + 1).toString(16).padStart(16, '0')}`

/** The rule's id; rule 0 of an open group is the one that lets the world in. */
export const ruleId = (group: number, rule: number): string =>
  `sgr-0${(group * 16 + rule).toString(16).padStart(16, '0')}`

/** A customer's prefix list. */
export const LIST = 'pl-0a1b2c3d4e5f60718'
