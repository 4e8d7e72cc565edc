import { hostId, interfaceId, ownGroup, PROFILE, readyGroup, vpcId } from './account.ts'

/** The hosts that the canned server tells of, and what they hang on. */

/** What hosts there are: how many, with how many interfaces in how many VPCs, and what they are part of. */
export interface Hosts {
  readonly count: number
  readonly interfaces: number
  readonly vpcs: number
  /** Each VPC has its quarantine group. */
  readonly ready: boolean
  /** They are in an Auto Scaling group and in a target group, and have a profile and an Elastic IP. */
  readonly embedded: boolean
}

export interface Interface {
  readonly id: string
  readonly host: string
  readonly nth: number
  readonly vpc: string
  readonly subnet: string
  groups: readonly string[]
}

export interface Host {
  readonly id: string
  readonly number: number
  readonly interfaces: readonly Interface[]
  readonly attributes: Record<string, string>
  readonly tags: Record<string, string>
  readonly volumes: { readonly device: string; readonly id: string; ends: boolean }[]
  profile: string | undefined
  address: string | undefined
  standby: boolean
  isTarget: boolean
}

export interface Quarantine {
  readonly id: string
  readonly name: string
  readonly vpc: string
  readonly tags: Readonly<Record<string, string>>
  /** The ranges that its outbound rules let through. */
  outbound: readonly string[]
}

/** A change of an interface's groups: when it was answered, in milliseconds since 1970. */
export interface Cut {
  readonly host: string
  readonly interface: string
  readonly into: readonly string[]
  readonly at: number
}

export interface HostState {
  readonly hosts: ReadonlyMap<string, Host>
  readonly interfaces: ReadonlyMap<string, Interface>
  readonly groups: Quarantine[]
  readonly cuts: Cut[]
  /** The inline policies of the one role. */
  readonly policies: Set<string>
}

export function hostState({ count, interfaces, vpcs, ready, embedded }: Hosts): HostState {
  const hosts = Array.from({ length: count }, (_, number): Host => {
    const id = hostId(number)
    return {
      id,
      number,
      interfaces: Array.from({ length: interfaces }, (_, nth) => interfaceOf(number, nth, nth % vpcs)),
      attributes: {
        disableApiTermination: 'false',
        disableApiStop: 'false',
        instanceInitiatedShutdownBehavior: 'terminate',
      },
      tags: { Name: `worker-${number}`, team: 'payments', stage: 'prod' },
      volumes: [{ device: '/dev/xvda', id: id.replace('i-', 'vol-'), ends: true }],
      profile: embedded ? PROFILE : undefined,
      address: embedded ? id.replace('i-', 'eipassoc-') : undefined,
      standby: false,
      isTarget: embedded,
    }
  })
  const quarantine = (nth: number): Quarantine => ({
    id: readyGroup(nth),
    name: 'portcullis-quarantine-none-1',
    vpc: vpcId(nth),
    tags: { 'portcullis:quarantine-group': 'none' },
    outbound: [],
  })
  return {
    hosts: new Map(hosts.map((one) => [one.id, one])),
    interfaces: new Map(hosts.flatMap((one) => one.interfaces.map((own) => [own.id, own] as const))),
    groups: ready ? Array.from({ length: vpcs }, (_, nth) => quarantine(nth)) : [],
    cuts: [],
    policies: new Set(['worker']),
  }
}

const interfaceOf = (host: number, nth: number, vpc: number): Interface => ({
  id: interfaceId(host, nth),
  host: hostId(host),
  nth,
  vpc: vpcId(vpc),
  subnet: vpcId(vpc).replace('vpc-', 'subnet-'),
  groups: [ownGroup(vpc)],
})
