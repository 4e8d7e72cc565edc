import { type Answer, ec2Answer, failure, items, tag, values } from './canned-answer.ts'
import type { Host, HostState, Quarantine } from './canned-host-state.ts'
import { addressXml, hostXml, interfaceXml, profileXml, quarantineXml } from './canned-host-xml.ts'

const DONE = tag('return', true)
const EVERYTHING = '0.0.0.0/0'

/** What EC2 answers about hosts, and what it does to them; null for all else. */
export function answerOfHosts(state: HostState, action: string, input: URLSearchParams): Answer | null {
  const act = ACTIONS[action]
  const content = act?.(state, input) ?? null
  return content === null ? null : typeof content === 'string' ? ec2Answer(action, content) : content
}

type Act = (state: HostState, input: URLSearchParams) => string | Answer | null

const filterOf = (input: URLSearchParams) => ({
  name: input.get('Filter.1.Name') ?? input.get('Filter.1.name') ?? '',
  wanted: values(input, 'Filter.1.Value.'),
})
const hostIn = ({ hosts }: HostState, input: URLSearchParams, name: string) => hosts.get(input.get(name) ?? '')
const those = ({ hosts }: HostState, input: URLSearchParams): Host[] => {
  const { wanted } = filterOf(input)
  return [...hosts.values()].filter(({ id }) => wanted.length === 0 || wanted.includes(id))
}

const ACTIONS: Readonly<Record<string, Act>> = {
  DescribeInstances(state, input) {
    const ids = values(input, 'InstanceId.')
    const { name, wanted } = filterOf(input)
    const found = [...state.hosts.values()].filter(
      (one) =>
        (ids.length === 0 || ids.includes(one.id)) && (name !== 'vpc-id' || wanted.includes(one.interfaces[0]!.vpc)),
    )
    if (found.length < ids.length) return failure('InvalidInstanceID.NotFound')
    return tag('reservationSet', found.map(hostXml).join(''))
  },
  DescribeNetworkInterfaces(state, input) {
    const { name, wanted } = filterOf(input)
    if (name !== 'attachment.instance-id' && name !== 'subnet-id') return null
    const found = [...state.interfaces.values()].filter((one) =>
      wanted.includes(name === 'subnet-id' ? one.subnet : one.host),
    )
    const xml = found.map((one) => interfaceXml(one, state.hosts.get(one.host)!))
    return tag('networkInterfaceSet', xml.join(''))
  },
  DescribeSecurityGroups: ({ groups }, input) =>
    filterOf(input).name === 'tag-key' ? tag('securityGroupInfo', groups.map(quarantineXml).join('')) : null,
  DescribeInstanceAttribute(state, input) {
    const host = hostIn(state, input, 'InstanceId')
    const name = input.get('Attribute') ?? ''
    if (!host) return failure('InvalidInstanceID.NotFound')
    return tag('instanceId', host.id) + tag(name, tag('value', host.attributes[name] ?? ''))
  },
  DescribeAddresses: (state, input) =>
    tag(
      'addressesSet',
      those(state, input)
        .filter(({ address }) => address)
        .map(addressXml)
        .join(''),
    ),
  DescribeIamInstanceProfileAssociations: (state, input) =>
    tag(
      'iamInstanceProfileAssociationSet',
      // Without an instance's id it is asked who else has the profile.
      (filterOf(input).name === 'instance-id' ? those(state, input) : [...state.hosts.values()])
        .filter(({ profile }) => profile)
        .map(profileXml)
        .join(''),
    ),
  DescribeSnapshots: () => items('snapshotSet', []),
  DescribeFlowLogs: () => items('flowLogSet', []),
  DescribeNetworkAcls: () => items('networkAclSet', [tag('networkAclId', 'acl-0123456789abcdef0')]),

  ModifyNetworkInterfaceAttribute({ interfaces, cuts }, input) {
    const one = interfaces.get(input.get('NetworkInterfaceId') ?? '')
    if (!one) return failure('InvalidNetworkInterfaceID.NotFound')
    one.groups = values(input, 'SecurityGroupId.')
    cuts.push({ host: one.host, interface: one.id, into: one.groups, at: Date.now() })
    return DONE
  },
  ModifyInstanceAttribute(state, input) {
    const host = hostIn(state, input, 'InstanceId')
    if (!host) return failure('InvalidInstanceID.NotFound')
    for (const name of ['DisableApiTermination', 'DisableApiStop', 'InstanceInitiatedShutdownBehavior']) {
      const value = input.get(`${name}.Value`)
      if (value !== null) host.attributes[name[0]!.toLowerCase() + name.slice(1)] = value
    }
    const device = input.get('BlockDeviceMapping.1.DeviceName')
    for (const volume of host.volumes)
      if (volume.device === device) volume.ends = input.get('BlockDeviceMapping.1.Ebs.DeleteOnTermination') === 'true'
    return DONE
  },
  CreateTags(state, input) {
    const host = hostIn(state, input, 'ResourceId.1')
    if (host) host.tags[input.get('Tag.1.Key')!] = input.get('Tag.1.Value')!
    return host ? DONE : failure('InvalidID')
  },
  CreateSecurityGroup({ groups }, input) {
    const [name, vpc] = [input.get('GroupName')!, input.get('VpcId')!]
    if (groups.some((one) => one.name === name && one.vpc === vpc)) return failure('InvalidGroup.Duplicate')
    const of = (part: string) => `TagSpecification.1.Tag.1.${part}`
    const made: Quarantine = {
      id: `sg-0c${groups.length.toString(16).padStart(15, '0')}`,
      name,
      vpc,
      tags: { [input.get(of('Key'))!]: input.get(of('Value'))! },
      outbound: [EVERYTHING],
    }
    groups.push(made)
    return tag('groupId', made.id) + DONE
  },
  RevokeSecurityGroupEgress({ groups }, input) {
    const group = groups.find(({ id }) => id === input.get('GroupId'))
    const cidr = input.get('IpPermissions.1.IpRanges.1.CidrIp') ?? input.get('IpPermissions.1.Ipv6Ranges.1.CidrIpv6')
    if (!group?.outbound.includes(cidr!)) return failure('InvalidPermission.NotFound')
    group.outbound = group.outbound.filter((one) => one !== cidr)
    return DONE
  },
  DisassociateAddress({ hosts }, input) {
    for (const host of hosts.values()) if (host.address === input.get('AssociationId')) host.address = undefined
    return DONE
  },
  DisassociateIamInstanceProfile({ hosts }, input) {
    const id = input.get('AssociationId')?.replace('iip-assoc-', 'i-') ?? ''
    const host = hosts.get(id)
    if (host) host.profile = undefined
    return tag('iamInstanceProfileAssociation', tag('state', 'disassociating'))
  },
}
