import type { OverdueBox } from '#shared/finding.ts'
import { type Call, madeBy, type Step } from '#shared/plan.ts'
import { step } from '#shared/responses/suspicious-host/step.ts'
import { addressOf, DEFAULT_RULES, type Difference } from './differences.ts'
import type { BoxFinding } from './judge.ts'
import { permissionOf } from './permission.ts'
import { scheduleOf } from './schedule.ts'
import { isIpv6, type Wanted } from './wanted.ts'
import { type BoxWorld, UNTIL_TAG } from './world.ts'

/** A name leads to a box for an hour or so: who resolves it must not keep it for longer than a minute. */
export const TTL = 60

/** The calls that open a box, keep it as it has to be, and end it. There is no undo: a box is closed. */
export const plan = (findings: readonly BoxFinding[], world: BoxWorld): readonly Step[] =>
  findings.flatMap((finding) => {
    if (finding.finding === 'wanted-box') return opening(finding.wanted, finding.differs, world)
    return finding.finding === 'overdue-box' ? ending(finding, world) : []
  })

/** All that waits for nothing goes side by side; what needs the group's id waits for the group, and for nothing else. */
function opening(wanted: Wanted, differs: readonly Difference[], world: BoxWorld): readonly Step[] {
  const make = differs.some(({ what }) => what === 'group') ? once('group', ...groupCall(wanted)) : undefined
  const group = world.group?.id ?? madeBy(make?.id ?? '')
  const needs = make ? { needs: [make.id] } : {}
  const steps = differs.flatMap((one): Step[] => {
    switch (one.what) {
      case 'rule-missing':
        return [{ ...once(one.rule, `Allow "${one.rule}" in its group`, allow(one.rule, group, wanted)), ...needs }]
      case 'rule-more': {
        const title = DEFAULT_RULES.includes(one.rule)
          ? `Take "${one.rule}" out of its group, which EC2 gives to every new one`
          : `Take "${one.rule}" out of its group, which is none of its own`
        return [{ ...once(one.rule, title, revoke(one.rule, group)), ...needs }]
      }
      case 'description':
        return [once('description', `Say in its rule: ${wanted.description}`, describe(group, wanted), wanted.until)]
      case 'instance':
        return [{ ...once('box', `Launch ${wanted.size} from ${wanted.image}`, launch(group, wanted)), ...needs }]
      case 'expiry':
        return [
          once('expiry', `Tell the guest that it ends at ${wanted.until}`, {
            call: 'ec2:CreateTags',
            input: { Resources: [world.instance?.id ?? ''], Tags: [{ Key: UNTIL_TAG, Value: wanted.until }] },
          }),
        ]
      case 'schedule': {
        const call = one.has === null ? 'scheduler:CreateSchedule' : 'scheduler:UpdateSchedule'
        return [once('schedule', `Set a schedule that ends it at ${wanted.until}`, { call, input: scheduleOf(wanted) })]
      }
      case 'record': {
        const { record } = wanted
        const address = addressOf(wanted, world)
        return record && address
          ? [once('record', `Let ${record.name} lead to ${address}`, recordCall('UPSERT', record, [address]))]
          : []
      }
      default:
        return []
    }
  })
  return make ? [make, ...steps] : steps
}

/** The instance first: what is left of it then is neither reached nor paid for. */
function ending({ remains, instance, group }: OverdueBox, { records, schedule, subject }: BoxWorld): readonly Step[] {
  return [
    ...(remains.instance && !remains.held && instance
      ? [
          once('end', `Terminate ${instance}`, {
            call: 'ec2:TerminateInstances',
            input: { InstanceIds: [instance] },
          }),
        ]
      : []),
    ...(schedule
      ? [
          once(
            'schedule',
            `Delete the schedule of ${subject}`,
            { call: 'scheduler:DeleteSchedule', input: schedule.named },
            schedule.at,
          ),
        ]
      : []),
    ...remains.records.map((key) => {
      const [zone = '', record = '', type = 'A'] = key.split(' ')
      const named = { zone, name: record, type: type as 'A' | 'AAAA' }
      return once('record', `Delete ${record}`, recordCall('DELETE', named, records[key] ?? []))
    }),
    ...(remains.group && group && !remains.instance && !remains.ending
      ? [once('group', `Delete ${group}`, { call: 'ec2:DeleteSecurityGroup', input: { GroupId: group } })]
      : []),
  ]
}

/** `found`: what makes the same call another step, since it is made again later. */
const once = (of: string, title: string, does: Call, found: unknown = null): Step =>
  step(of, title, does, [], 'none', found)

const groupCall = ({ name, vpc, description, tags }: Wanted): [string, Call] => [
  `Make a group of its own in ${vpc}`,
  {
    call: 'ec2:CreateSecurityGroup',
    input: {
      GroupName: name,
      Description: description,
      VpcId: vpc,
      TagSpecifications: [{ ResourceType: 'security-group', Tags: tagsOf(tags) }],
    },
  },
]

const allow = (rule: string, GroupId: string, { description }: Wanted): Call => ({
  call: rule.startsWith('in ') ? 'ec2:AuthorizeSecurityGroupIngress' : 'ec2:AuthorizeSecurityGroupEgress',
  input: { GroupId, IpPermissions: [permissionOf(rule, description)] },
})

const revoke = (rule: string, GroupId: string): Call => ({
  call: rule.startsWith('in ') ? 'ec2:RevokeSecurityGroupIngress' : 'ec2:RevokeSecurityGroupEgress',
  input: { GroupId, IpPermissions: [permissionOf(rule)] },
})

const describe = (GroupId: string, { rules, description }: Wanted): Call => ({
  call: 'ec2:UpdateSecurityGroupRuleDescriptionsIngress',
  input: {
    GroupId,
    IpPermissions: rules.filter((rule) => rule.startsWith('in ')).map((rule) => permissionOf(rule, description)),
  },
})

/** Its client token is its name: however often the call is made, there is one box. */
function launch(group: string, wanted: Wanted): Call {
  const { name, image, size, subnet, joins, isPublic, address, rootDevice, profile, userData, tags } = wanted
  return {
    call: 'ec2:RunInstances',
    input: {
      ClientToken: name,
      ImageId: image,
      InstanceType: size as never,
      MinCount: 1,
      MaxCount: 1,
      InstanceInitiatedShutdownBehavior: 'terminate',
      MetadataOptions: {
        HttpTokens: 'required',
        HttpEndpoint: 'enabled',
        HttpPutResponseHopLimit: 1,
        InstanceMetadataTags: 'enabled',
      },
      BlockDeviceMappings: [
        { DeviceName: rootDevice, Ebs: { Encrypted: true, DeleteOnTermination: true, VolumeType: 'gp3' } },
      ],
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          SubnetId: subnet,
          Groups: [group, ...joins],
          AssociatePublicIpAddress: isPublic,
          DeleteOnTermination: true,
          ...(isIpv6(address) ? { Ipv6AddressCount: 1 } : {}),
        },
      ],
      ...(profile ? { IamInstanceProfile: { Name: profile } } : {}),
      UserData: Buffer.from(userData).toString('base64'),
      TagSpecifications: (['instance', 'volume'] as const).map((ResourceType) => ({
        ResourceType,
        Tags: tagsOf(tags),
      })),
    },
  }
}

const tagsOf = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

const recordCall = (
  Action: 'UPSERT' | 'DELETE',
  { zone, name, type }: NonNullable<Wanted['record']>,
  addresses: readonly string[],
): Call => ({
  call: 'route53:ChangeResourceRecordSets',
  input: {
    HostedZoneId: zone,
    ChangeBatch: {
      Changes: [
        {
          Action,
          ResourceRecordSet: {
            Name: name,
            Type: type,
            TTL,
            ResourceRecords: addresses.map((Value) => ({ Value })),
          },
        },
      ],
    },
  },
})
