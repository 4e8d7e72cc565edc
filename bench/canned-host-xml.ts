import { ACCOUNT, REGION } from './account.ts'
import { item, items, tag, tagSet } from './canned-answer.ts'
import type { Host, Interface, Quarantine } from './canned-host-state.ts'

/** How EC2 writes hosts, their interfaces and their quarantine groups. */

export const hostXml = ({ id, number, interfaces, tags, volumes, profile }: Host): string =>
  item(
    tag('reservationId', id.replace('i-', 'r-')) +
      tag('ownerId', ACCOUNT) +
      items('instancesSet', [
        tag('instanceId', id) +
          tag('imageId', 'ami-0123456789abcdef0') +
          tag('instanceState', tag('code', 16) + tag('name', 'running')) +
          tag('instanceType', 'm7i.large') +
          tag('launchTime', '2026-05-01T08:00:00.000Z') +
          tag('placement', tag('availabilityZone', `${REGION}a`) + tag('tenancy', 'default')) +
          tag('subnetId', interfaces[0]!.subnet) +
          tag('vpcId', interfaces[0]!.vpc) +
          tag('privateIpAddress', ipOf(number, 0)) +
          items(
            'blockDeviceMapping',
            volumes.map((one) =>
              [
                tag('deviceName', one.device),
                tag('ebs', tag('volumeId', one.id) + tag('status', 'attached') + tag('deleteOnTermination', one.ends)),
              ].join(''),
            ),
          ) +
          items(
            'networkInterfaceSet',
            interfaces.map((one) => tag('networkInterfaceId', one.id) + tag('subnetId', one.subnet)),
          ) +
          (profile ? tag('iamInstanceProfile', tag('arn', profile) + tag('id', 'AIPAEXAMPLE')) : '') +
          tagSet(tags),
      ]),
  )

export const interfaceXml = (one: Interface, { number, address }: Host): string =>
  item(
    tag('networkInterfaceId', one.id) +
      tag('subnetId', one.subnet) +
      tag('vpcId', one.vpc) +
      tag('availabilityZone', `${REGION}a`) +
      tag('ownerId', ACCOUNT) +
      tag('requesterManaged', false) +
      tag('status', 'in-use') +
      tag('privateIpAddress', ipOf(number, one.nth)) +
      items(
        'groupSet',
        one.groups.map((id) => tag('groupId', id) + tag('groupName', 'workers')),
      ) +
      tag(
        'attachment',
        tag('attachmentId', one.id.replace('eni-', 'eni-attach-')) +
          tag('instanceId', one.host) +
          tag('deviceIndex', one.nth) +
          tag('status', 'attached'),
      ) +
      (address && one.nth === 0 ? tag('association', tag('publicIp', '198.51.100.7')) : '') +
      items('privateIpAddressesSet', [tag('privateIpAddress', ipOf(number, one.nth)) + tag('primary', true)]),
  )

export const quarantineXml = ({ id, name, vpc, tags, outbound }: Quarantine): string =>
  item(
    tag('ownerId', ACCOUNT) +
      tag('groupId', id) +
      tag('groupName', name) +
      tag('vpcId', vpc) +
      '<ipPermissions/>' +
      items(
        'ipPermissionsEgress',
        outbound.map((cidr) => {
          const [ranges, name] = cidr.includes(':')
            ? (['ipv6Ranges', 'cidrIpv6'] as const)
            : (['ipRanges', 'cidrIp'] as const)
          return tag('ipProtocol', -1) + items(ranges, [tag(name, cidr)])
        }),
      ) +
      tagSet(tags),
  )

export const addressXml = ({ id, number, address, interfaces }: Host): string =>
  item(
    tag('publicIp', '198.51.100.7') +
      tag('allocationId', id.replace('i-', 'eipalloc-')) +
      tag('associationId', address ?? '') +
      tag('domain', 'vpc') +
      tag('instanceId', id) +
      tag('networkInterfaceId', interfaces[0]!.id) +
      tag('privateIpAddress', ipOf(number, 0)),
  )

export const profileXml = ({ id, profile }: Host): string =>
  item(
    tag('associationId', id.replace('i-', 'iip-assoc-')) +
      tag('instanceId', id) +
      tag('iamInstanceProfile', tag('arn', profile ?? '') + tag('id', 'AIPAEXAMPLE')) +
      tag('state', 'associated'),
  )

const ipOf = (host: number, nth: number): string => `10.${nth}.${host >> 8}.${host & 255}`
