import { describe, expect, test } from 'vitest'
import { functionRights, impliedBy } from '#deploy/rights.ts'
import { statementsOf } from '#deploy/statements.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { policyWith, shipped } from '../support/policies.ts'

/** What the role that keeps jump boxes may do, to what, and if what: no more than the zones name, and what it made itself. */

/** A zone as YAML. */
const zone = (name: string, more = ''): string =>
  `    - { name: ${name}, about: a place, who: everybody, vpc: vpc-1, subnet: subnet-1, egress: [{ group: sg-1, ports: [tcp/22] }]${more} }\n`
const policyOf = (...zones: string[]): Policy => policyWith(`jump-boxes:\n  zones:\n${zones.join('')}`)
/** Zones of every kind. */
const zoned = policyOf(
  zone('one'),
  zone('two', ', image: ami-1, joins: [sg-2], dns: { zone: Z11111, name: a.example.com }').replace(
    'subnet-1',
    'subnet-2',
  ),
  zone('three', ', image: /own/image, profile: tools, dns: { zone: Z22222, name: b.example.com }'),
  zone('four', ', image: /own/image, dns: { zone: Z11111, name: c.example.com }'),
)
/** The statements of the role that keeps jump boxes, as one text each: what, on what, if what. */
const ofBoxes = (policy: Policy) =>
  (
    statementsOf('keep-jump-boxes', functionRights(policy)['keep-jump-boxes']!, 'prod', '') as {
      Action: string[]
      Resource: unknown
      Condition?: unknown
    }[]
  ).map(({ Action, Resource, Condition }) => ({
    actions: Action,
    on: JSON.stringify(Resource).replaceAll(/arn:\$\{AWS::Partition\}:|\$\{AWS::(Region|AccountId)\}/g, ''),
    when: JSON.stringify(Condition ?? null),
  }))
const OWN = '{"StringLike":{"aws:ResourceTag/portcullis:jump-box":"*"}}'

describe('the role that keeps jump boxes', () => {
  const statements = ofBoxes(zoned)
  const on = (action: string) => statements.filter((one) => one.actions.includes(action))

  test('holds no call that changes anything where the policy has no zone', () => {
    const { powers, reads } = functionRights(shipped)['keep-jump-boxes']!
    expect(powers).toEqual(['sns:Publish'])
    expect(reads).not.toContain('route53:ListResourceRecordSets')
  })

  test.each([
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
    'ec2:RevokeSecurityGroupEgress',
    'ec2:UpdateSecurityGroupRuleDescriptionsIngress',
    'ec2:DeleteSecurityGroup',
    'ec2:TerminateInstances',
  ])('may %s of what was made for a box, and of nothing else', (action) => {
    expect(on(action).map(({ when }) => when)).toEqual([OWN])
  })

  test('launches with its tag alone, in the subnets of the zones, into its own groups and those that boxes join', () => {
    const made = '"StringLike":{"aws:RequestTag/portcullis:jump-box":"*"}'
    const profile = (path: string) =>
      `{"Fn::Sub":"arn:\${AWS::Partition}:iam::\${AWS::AccountId}:instance-profile/${path}tools"}`
    expect(on('ec2:RunInstances').map(({ on: what, when }) => [what, when])).toEqual([
      [expect.stringContaining('ec2:::security-group/*'), OWN],
      [
        '[{"Fn::Sub":"ec2:::instance/*"}]',
        `{${made},"ArnLikeIfExists":{"ec2:InstanceProfile":[${profile('')},${profile('*/')}]}}`,
      ],
      ['[{"Fn::Sub":"ec2:::volume/*"}]', `{${made}}`],
      [
        JSON.stringify(
          ['network-interface/*', 'subnet/subnet-1', 'subnet/subnet-2', 'security-group/sg-2', 'image/*'].map(
            (one) => ({
              'Fn::Sub': `ec2::${/\d$/.test(one) ? '*' : ''}:${one}`,
            }),
          ),
        ),
        'null',
      ],
    ])
  })

  test('gives no instance a profile where no zone names one, and hands no role to EC2', () => {
    const plain = ofBoxes(policyOf(zone('one')))
    const launch = plain.find(
      ({ actions, on: what }) => actions[0] === 'ec2:RunInstances' && what.includes('instance/'),
    )
    expect(launch!.when).toContain('"Null":{"ec2:InstanceProfile":"true"}')
    const handed = (all: typeof plain) =>
      all.filter(({ actions }) => actions.includes('iam:PassRole')).map((one) => one.when)
    expect(handed(plain).join()).not.toContain('ec2.amazonaws.com')
    expect(handed(statements)).toEqual([
      '{"StringEquals":{"iam:PassedToService":"scheduler.amazonaws.com"}}',
      '{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}',
    ])
    expect(on('iam:PassRole')[0]!.on).toBe('[{"Fn::GetAtt":["ScheduleRole","Arn"]}]')
  })

  test('gives tags to what it makes, and to a box no other tag than its expiry', () => {
    expect(on('ec2:CreateTags').map(({ on: what, when }) => [what, when])).toEqual([
      [
        '[{"Fn::Sub":"ec2:::instance/*"}]',
        `${OWN.slice(0, -1)},"ForAllValues:StringEquals":{"aws:TagKeys":["portcullis:until"]}}`,
      ],
      [
        expect.stringMatching(/security-group.*instance.*volume/),
        '{"StringEquals":{"ec2:CreateAction":["CreateSecurityGroup","RunInstances"]}}',
      ],
    ])
  })

  test('writes the names of boxes alone into the zones of the policy, and reads no others', () => {
    const names = (...all: string[]) =>
      JSON.stringify({
        'ForAllValues:StringLike': { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': all },
        'ForAllValues:StringEquals': { 'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'AAAA'] },
      })
    expect(on('route53:ChangeResourceRecordSets').map(({ on: what, when }) => [what, when])).toEqual([
      ['[{"Fn::Sub":"route53:::hostedzone/Z11111"}]', names('*.a.example.com', '*.c.example.com')],
      ['[{"Fn::Sub":"route53:::hostedzone/Z22222"}]', names('*.b.example.com')],
    ])
    expect(on('route53:ListResourceRecordSets').map((one) => one.on)).toEqual([
      '[{"Fn::Sub":"route53:::hostedzone/Z11111"},{"Fn::Sub":"route53:::hostedzone/Z22222"}]',
    ])
  })

  test('reads the parameters that name images, one each: AWS’s own are nobody’s', () => {
    const amazon = ':parameter/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64'
    expect(on('ssm:GetParameters').map((one) => one.on)).toEqual([
      `[{"Fn::Sub":"ssm::${amazon}"},{"Fn::Sub":"ssm:::parameter/own/image"}]`,
    ])
    const named = functionRights(policyOf(zone('one', ', image: ami-1')))['keep-jump-boxes']!
    expect(impliedBy(named)).not.toContain('ssm:GetParameters')
  })
})
