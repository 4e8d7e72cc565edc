import { join } from 'node:path'
import {
  AuthorizeSecurityGroupIngressCommand,
  EC2Client,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { ROOT } from '#local/cloud.ts'
import { KEYS } from '#local/principals.ts'
import {
  as,
  cloud,
  control,
  ec2,
  ingress,
  newGroup,
  open,
  record,
  run,
  useLocalCloud,
  WORLD,
} from './local-cloud-support.ts'

useLocalCloud()

describe('CloudTrail', () => {
  test('an unmodified AWS CLI leaves the record that AWS would write', async () => {
    const group = await newGroup()
    const { AWS_ENDPOINT_URL, AWS_DEFAULT_REGION } = cloud.env
    const env = { AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID: KEYS.alice, AWS_SECRET_ACCESS_KEY: 'x' }
    const rule = ['--protocol', 'tcp', '--port', '22', '--cidr', '0.0.0.0/0']
    const args = ['ec2', 'authorize-security-group-ingress', '--group-id', group, ...rule]
    await run(join(ROOT, '.venv/bin/aws'), args, { env: env as NodeJS.ProcessEnv })
    const [{ SecurityGroupRuleId }] = (await ingress(group)) as [{ SecurityGroupRuleId: string }]
    expect(await record('AuthorizeSecurityGroupIngress')).toEqual({
      eventVersion: '1.10',
      userIdentity: {
        type: 'IAMUser',
        principalId: expect.stringMatching(/^AIDA/),
        arn: 'arn:aws:iam::123456789012:user/alice',
        accountId: '123456789012',
        accessKeyId: KEYS.alice,
        userName: 'alice',
      },
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      eventSource: 'ec2.amazonaws.com',
      eventName: 'AuthorizeSecurityGroupIngress',
      awsRegion: 'eu-central-1',
      sourceIPAddress: expect.stringMatching(/^203\.0\.113\.\d+$/),
      userAgent: expect.stringMatching(/^aws-cli\//),
      requestParameters: {
        groupId: group,
        ipPermissions: {
          items: [
            {
              ipProtocol: 'tcp',
              fromPort: 22,
              toPort: 22,
              groups: {},
              ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] },
              ipv6Ranges: {},
              prefixListIds: {},
            },
          ],
        },
      },
      responseElements: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        _return: true,
        securityGroupRuleSet: {
          items: [
            {
              groupOwnerId: '123456789012',
              groupId: group,
              securityGroupRuleId: SecurityGroupRuleId,
              securityGroupRuleArn: `arn:aws:ec2:eu-central-1:123456789012:security-group-rule/${SecurityGroupRuleId}`,
              isEgress: false,
              ipProtocol: 'tcp',
              fromPort: 22,
              toPort: 22,
              cidrIpv4: '0.0.0.0/0',
            },
          ],
        },
      },
      requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '123456789012',
      eventCategory: 'Management',
    })
  })

  test('the flat form stays flat', async () => {
    const flat = { GroupId: await newGroup(), IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' }
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(flat))
    expect((await record('AuthorizeSecurityGroupIngress')).requestParameters).toEqual({
      groupId: flat.GroupId,
      ipProtocol: 'tcp',
      fromPort: 22,
      toPort: 22,
      cidrIp: '0.0.0.0/0',
      ipPermissions: {},
    })
  })

  test('tags are a bare list, and numbers in text stay text', async () => {
    const GroupId = await newGroup()
    const tags = [{ ResourceType: 'security-group-rule' as const, Tags: [{ Key: 'until', Value: '2026' }] }]
    const IpPermissions = [{ ...WORLD, IpProtocol: '6' }]
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions, TagSpecifications: tags }))
    const { requestParameters } = await record('AuthorizeSecurityGroupIngress')
    expect(requestParameters).toMatchObject({
      ipPermissions: { items: [{ ipProtocol: '6', fromPort: 22 }] },
      tagSpecificationSet: {
        items: [{ resourceType: 'security-group-rule', tags: [{ key: 'until', value: '2026' }] }],
      },
    })
    expect((await ingress(GroupId))[0]!.Tags).toEqual([{ Key: 'until', Value: '2026' }])
  })

  test('ModifySecurityGroupRules is PascalCase: one object for one rule, an array for more', async () => {
    const GroupId = await newGroup()
    const ids = await open(GroupId, WORLD, { ...WORLD, FromPort: 23, ToPort: 23 })
    const content = { IpProtocol: 'tcp', FromPort: 1, CidrIpv4: '0.0.0.0/0' }
    const updates = ids.map((SecurityGroupRuleId, at) => ({
      SecurityGroupRuleId,
      SecurityGroupRule: { ...content, ToPort: at + 1 },
    }))
    await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: updates.slice(0, 1) }))
    const one = await record('ModifySecurityGroupRules')
    expect(one.requestParameters).toEqual({
      ModifySecurityGroupRulesRequest: { GroupId, SecurityGroupRule: { ...updates[0], tag: 1 } },
    })
    expect(one.responseElements).toMatchObject({ ModifySecurityGroupRulesResponse: { return: true } })
    await control.reset()
    const more = [{ ...updates[0]!, SecurityGroupRule: { ...content, ToPort: 9 } }, updates[1]!]
    await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: more }))
    expect((await record('ModifySecurityGroupRules')).requestParameters).toEqual({
      ModifySecurityGroupRulesRequest: {
        GroupId,
        SecurityGroupRule: more.map((rule, at) => ({ ...rule, tag: at + 1 })),
      },
    })
  })

  test('a failed call and a dry run keep their parameters', async () => {
    const GroupId = await newGroup()
    const dry = { GroupId, IpPermissions: [WORLD], DryRun: true }
    await expect(ec2.send(new AuthorizeSecurityGroupIngressCommand(dry))).rejects.toMatchObject({
      name: 'DryRunOperation',
    })
    expect(await record('AuthorizeSecurityGroupIngress')).toMatchObject({
      errorCode: 'Client.DryRunOperation',
      requestParameters: { groupId: GroupId, ipPermissions: { items: [{ fromPort: 22 }] } },
      responseElements: null,
    })
    expect(await ingress(GroupId)).toEqual([])
  })

  test('a request over 100 KB is omitted from its record', async () => {
    const GroupId = await newGroup()
    const IpRanges = Array.from({ length: 1200 }, (_, at) => ({
      CidrIp: `10.${at >> 8}.${at & 255}.0/24`,
      Description: 'x'.repeat(80),
    }))
    await ec2
      .send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [{ ...WORLD, IpRanges }] }))
      .catch(() => {})
    expect((await record('AuthorizeSecurityGroupIngress')).requestParameters).toEqual({
      reason: 'requestParameters too large',
      omitted: 'true',
      originalSize: expect.stringMatching(/^\d{6}$/),
    })
  })

  test('callers are told apart: users, roles, root, functions', async () => {
    const group = await newGroup()
    const by = async (key: string, app?: string) => {
      await control.reset()
      const caller = new EC2Client(as(key, app))
      const wrong = { GroupId: group, SecurityGroupRuleIds: ['sgr-00000000000000000'] }
      await caller.send(new RevokeSecurityGroupIngressCommand(wrong)).catch(() => {})
      return (await record('RevokeSecurityGroupIngress')).userIdentity
    }
    expect(await by(KEYS.mallory)).toMatchObject({ type: 'IAMUser', userName: 'mallory' })
    expect(await by(KEYS.root)).toMatchObject({ type: 'Root', arn: 'arn:aws:iam::123456789012:root' })
    expect(await by(KEYS.deploy)).toMatchObject({
      type: 'AssumedRole',
      sessionContext: { sessionIssuer: { userName: 'deploy' } },
    })
    expect(await by('123456789012', 'close-open-ingress')).toMatchObject({
      type: 'AssumedRole',
      arn: 'arn:aws:sts::123456789012:assumed-role/close-open-ingress/close-open-ingress',
    })
  })
})
