import type { Instance, NetworkInterface } from '@aws-sdk/client-ec2'
import { eip, group, instance, network, nic, permit, together } from '../oracle/build.ts'
import { id, type World } from '../oracle/world.ts'
import { policyWith } from './policies.ts'

export const HOST = id('i', 1)
export const NEIGHBOUR = id('i', 2)

/** A policy with one armed rule for what GuardDuty says, and whatever the test adds to the rule or beside it. */
export const hostPolicy = (rule = 'contain: network-only', beside = '', mode = 'act') =>
  policyWith(
    `suspicious-hosts:\n${beside}  rules:\n    - name: detectors\n      mode: ${mode}\n      when: { guardduty: { severity: 7 }, person: true }\n      ${rule.split('\n').join('\n      ')}\n`,
  )

const web = group(1, 1, [permit('tcp', 443), permit('tcp', 22, '10.0.0.0/8')], [permit('-1')])
const data = group(2, 1, [permit('tcp', 5432, '10.0.0.0/8')], [permit('-1', undefined, '::/0')])
const other = group(3, 2, [permit('-1', undefined, '10.2.0.0/16')], [permit('-1')])

/** A host with two interfaces in one VPC and one in another, dual stack, with an Elastic IP; and a neighbour. */
export function twoVpcs(): World {
  const primary = nic(1, [1, 1], [web], { instance: HOST, v6: 1, public: 7 })
  return together(network(1, { v6: true }), network(2), {
    SecurityGroups: [web, data, other],
    NetworkInterfaces: [
      primary,
      nic(2, [1, 2], [web, data], { instance: HOST, index: 1 }),
      nic(3, [2, 1], [other], { instance: HOST, index: 2 }),
      nic(4, [1, 1], [web], { instance: NEIGHBOUR }),
    ],
    Addresses: [eip(7, primary)],
    Instances: [instance(1), instance(2)],
  })
}

/** The same world, with tags on its first host. */
export const tagged = (world: World, tags: Readonly<Record<string, string>>): World =>
  withHost(world, { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) })

/** The same world, with so many volumes on its first host, that stay when it ends. */
export const withVolumes = (world: World, count: number): World =>
  withHost(world, {
    BlockDeviceMappings: Array.from({ length: count }, (_, i) => ({
      DeviceName: `/dev/sd${i}`,
      Ebs: { VolumeId: id('vol', i + 1), DeleteOnTermination: false },
    })),
  })

/** The same world, with something else about its first host. */
export const withHost = (world: World, more: Partial<Instance>): World => ({
  ...world,
  Instances: world.Instances.map((one) => (one.InstanceId === HOST ? { ...one, ...more } : one)),
})

/** The same world, with something else about one interface. */
export const withNic = (world: World, n: number, more: Partial<NetworkInterface>): World => ({
  ...world,
  NetworkInterfaces: world.NetworkInterfaces.map((one) =>
    one.NetworkInterfaceId === id('eni', n) ? { ...one, ...more } : one,
  ),
})

/** So many hosts, each with one interface, in one VPC. */
export function estateOf(count: number): World {
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  return together(network(1, { subnets: 3 }), {
    SecurityGroups: [web],
    NetworkInterfaces: numbers.map((n) => nic(n, [1, 1 + (n % 3)], [web], { instance: id('i', n) })),
    Instances: numbers.map((n) => instance(n)),
  })
}
