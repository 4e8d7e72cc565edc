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

/** A host's id by its number, that of its nth interface, and the nth VPC that it has interfaces in. */
export const hostId = (i: number): string => `i-0${(i + 1).toString(16).padStart(16, '0')}`
export const interfaceId = (host: number, nth: number): string =>
  `eni-0${(host * 16 + nth).toString(16).padStart(16, '0')}`
export const vpcId = (nth: number): string => `vpc-0${(nth + 1).toString(16).padStart(16, '0')}`
/** The group that the interfaces in a VPC are in, and the one for quarantine where it is there from the start. */
export const ownGroup = (nth: number): string => `sg-0a${nth.toString(16).padStart(15, '0')}`
export const readyGroup = (nth: number): string => `sg-0b${nth.toString(16).padStart(15, '0')}`
export const SCALING = 'workers'
export const TARGETS = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/workers/0123456789abcdef`
export const PROFILE = `arn:aws:iam::${ACCOUNT}:instance-profile/worker`
export const DETECTOR = '12abc34d567e8fa901bc2d34e56789f0'
