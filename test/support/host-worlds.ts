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
