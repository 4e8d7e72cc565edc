/** What EC2 answers when it won't: an error whose `name` is EC2's code. */
export function refuse(code: string, message: string): never {
  throw Object.assign(new Error(message), { name: code, $fault: 'client', $metadata: { httpStatusCode: 400 } })
}

/**
 * The codes for things that aren't there
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).
 */
const missing: Readonly<Record<string, string>> = {
  i: 'InvalidInstanceID.NotFound',
  eni: 'InvalidNetworkInterfaceID.NotFound',
  'eni-attach': 'InvalidAttachmentID.NotFound',
  sg: 'InvalidGroup.NotFound',
  sgr: 'InvalidSecurityGroupRuleId.NotFound',
  eipalloc: 'InvalidAllocationID.NotFound',
  eipassoc: 'InvalidAssociationID.NotFound',
  vpc: 'InvalidVpcID.NotFound',
  subnet: 'InvalidSubnetID.NotFound',
  vol: 'InvalidVolume.NotFound',
  acl: 'InvalidNetworkAclID.NotFound',
  rtb: 'InvalidRouteTableID.NotFound',
}

/** The one with the id, or EC2's refusal. */
export function one<T>(
  all: readonly T[],
  prefix: string,
  id: string | undefined,
  of: (one: T) => string | undefined,
): T {
  const found = all.find((each) => of(each) === id)
  if (found === undefined || id === undefined)
    return refuse(missing[prefix] ?? 'InvalidID', `The ${prefix} '${id}' does not exist`)
  return found
}

/** An object without a key: EC2 leaves out what isn't there. */
export function without<T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>
}

/** The list with one of it replaced. */
export const swapped = <T>(all: readonly T[], old: T, next: T): readonly T[] =>
  all.map((each) => (each === old ? next : each))
