import { describe, expect, test } from 'vitest'
import { CALLS, subjects } from '#shared/responses/open-ingress/subjects.ts'
import type { Signal } from '#shared/signal.ts'
import { call } from '../support/stories.ts'
import { NOW } from '../support/worlds.ts'

/** Where to look, call by call; of Authorize and Modify `record.test.ts` tells. */

const asked = (name: string, request: unknown): Signal => ({ ...call(), name, request })
const groups = (...ids: string[]) => ({ items: ids.map((groupId) => ({ groupId })) })
const [one, two, three] = [{ groupId: 'sg-1' }, { groupId: 'sg-2' }, { groupId: 'sg-3' }]
const omitted = { omitted: 'true', originalSize: '120000' }

describe('An open group that comes into use, or matters more than before', () => {
  test.each<[string, unknown, unknown]>([
    ['RunInstances', { groupSet: groups('sg-1', 'sg-2') }, [one, two]],
    ['RunInstances', { networkInterfaceSet: { items: [{ groupSet: groups('sg-1') }] } }, [one]],
    [
      'RunInstances',
      {
        groupSet: groups('sg-1'),
        networkInterfaceSet: { items: [{ groupSet: groups('sg-2') }, { groupSet: groups('sg-3', 'sg-1') }] },
      },
      [one, two, three],
    ],
    ['RunInstances', { instancesSet: { items: [{ imageId: 'ami-1' }] }, groupSet: {} }, []],
    ['CreateNetworkInterface', { subnetId: 'subnet-1', groupSet: groups('sg-1') }, [one]],
    ['CreateNetworkInterface', { subnetId: 'subnet-1', groupSet: {} }, []],
    ['ModifyNetworkInterfaceAttribute', { networkInterfaceId: 'eni-1', groupSet: groups('sg-1', 'sg-2') }, [one, two]],
    ['ModifyNetworkInterfaceAttribute', { networkInterfaceId: 'eni-1', sourceDestCheck: { value: false } }, []],
    ['ModifyInstanceAttribute', { instanceId: 'i-1', groupSet: groups('sg-1') }, [one]],
    ['ModifyInstanceAttribute', { instanceId: 'i-1', instanceType: { value: 't3.micro' } }, []],
    ['AssociateSecurityGroupVpc', { AssociateSecurityGroupVpcRequest: { GroupId: 'sg-1', VpcId: 'vpc-1' } }, [one]],
    ['AssociateSecurityGroupVpc', { groupId: 'sg-1', vpcId: 'vpc-1' }, [one]],
    ['UpdateSecurityGroupRuleDescriptionsIngress', { groupId: 'sg-1', ipPermissions: {} }, [one]],
    [
      'UpdateSecurityGroupRuleDescriptionsIngress',
      { UpdateSecurityGroupRuleDescriptionsIngressRequest: { GroupId: 'sg-1' } },
      [one],
    ],
    ['RunInstances', { groupSet: groups('not-a-group', 'sg-1') }, [one]],
    ['RunInstances', { groupSet: 'sg-1', networkInterfaceSet: 7 }, []],
    ['RunInstances', null, []],
  ])('%s with %j.', (name, request, expected) => {
    expect(subjects(asked(name, request))).toEqual(expected)
  })
})

describe('What rules rest on', () => {
  const listOne = [{ prefixListId: 'pl-1' }]
  test.each<[string, unknown, unknown]>([
    ['ModifyManagedPrefixList', { ModifyManagedPrefixListRequest: { PrefixListId: 'pl-1' } }, listOne],
    ['ModifyManagedPrefixList', { prefixListId: 'pl-1' }, listOne],
    ['ModifyManagedPrefixList', omitted, 'all'],
    ['ModifyManagedPrefixList', {}, []],
    ['RestoreManagedPrefixListVersion', { RestoreManagedPrefixListVersionRequest: { PrefixListId: 'pl-1' } }, listOne],
    ['CreateTags', { resourcesSet: { items: [{ resourceId: 'sg-1' }, { resourceId: 'i-1' }] } }, [one]],
    ['DeleteTags', { resourcesSet: { items: [{ resourceId: 'sgr-1' }] } }, [{ ruleId: 'sgr-1', mayBeGone: true }]],
    ['DeleteTags', omitted, 'all'],
    ['RevokeSecurityGroupIngress', { groupId: 'sg-1' }, []],
    ['DescribeSecurityGroups', { groupId: 'sg-1' }, []],
  ])('%s with %j.', (name, request, expected) => {
    expect(subjects(asked(name, request))).toEqual(expected)
  })

  test.each([
    ['AWS::EC2::SecurityGroup', 'sg-1', [one]],
    ['AWS::EC2::PrefixList', 'pl-1', listOne],
    ['AWS::EC2::Instance', 'i-1', []],
  ])('AWS Config says that %s %s changed.', (resourceType, resourceId, expected) => {
    const changed = { kind: 'config-change' as const, id: 'c', account: '1', region: 'r', at: NOW }
    expect(subjects({ ...changed, resourceType, resourceId })).toEqual(expected)
  })
})

test('Each of these calls is ours at EC2 alone: another service may have one of the same name.', () => {
  const request = { groupId: 'sg-1', prefixListId: 'pl-1', resourcesSet: { items: [{ resourceId: 'sg-1' }] } }
  for (const name of CALLS) {
    expect([name, subjects(asked(name, request))]).not.toEqual([name, []])
    expect([name, subjects({ ...call(), name, request, source: 'rds.amazonaws.com' })]).toEqual([name, []])
  }
})
