import { createHash, randomUUID } from 'node:crypto'
import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2'
import type { BusEvent } from '#local/event-bus.ts'
import { KEYS, userIdentityOf } from '#local/principals.ts'
import { trailEvent } from '#local/trail-event.ts'

/** Events that nobody in the local cloud sends by itself, in the form in which AWS sends them. */

export interface Place {
  readonly account: string
  readonly region: string
}

export interface ConfigChangeOptions extends Place {
  readonly changeType?: 'CREATE' | 'UPDATE' | 'DELETE'
  /**
   * `object`: as over EventBridge. `text`: the configuration as a JSON string. `summary`: the item was too large to be
   * sent, and only says where it lies.
   */
  readonly form?: 'object' | 'text' | 'summary'
  readonly at?: Date
}

/** AWS Config's news of a security group, as EventBridge carries it. The group is what DescribeSecurityGroups shows. */
export function configChange(group: SecurityGroup, options: ConfigChangeOptions): BusEvent {
  const { account, region, changeType = 'UPDATE', form = 'object', at = new Date() } = options
  const arn = `arn:aws:ec2:${region}:${account}:security-group/${group.GroupId}`
  const status = { CREATE: 'ResourceDiscovered', UPDATE: 'OK', DELETE: 'ResourceDeleted' }[changeType]
  const about = {
    configurationItemVersion: '1.3',
    configurationItemCaptureTime: at.toISOString(),
    configurationStateId: at.getTime(),
    awsAccountId: account,
    configurationItemStatus: status,
    resourceType: 'AWS::EC2::SecurityGroup',
    resourceId: group.GroupId,
    resourceName: group.GroupName,
    ARN: arn,
    awsRegion: region,
    availabilityZone: 'Not Applicable',
    configurationStateMd5Hash: '',
    resourceCreationTime: null,
  }
  const common = { notificationCreationTime: at.toISOString(), recordVersion: '1.3' }
  const detail =
    form === 'summary'
      ? {
          configurationItemSummary: { changeType, ...about },
          s3DeliverySummary: {
            s3BucketLocation: `config-bucket/AWSLogs/${account}/Config/${region}/oversized.json.gz`,
            errorCode: null,
            errorMessage: null,
          },
          messageType: 'OversizedConfigurationItemChangeNotification',
          ...common,
        }
      : {
          configurationItemDiff: { changedProperties: {}, changeType },
          configurationItem: {
            relatedEvents: [],
            relationships: [{ resourceId: group.VpcId, resourceType: 'AWS::EC2::VPC', name: 'Is contained in Vpc' }],
            configuration: changeType === 'DELETE' ? null : configuration(group, account, form),
            supplementaryConfiguration: {},
            tags: Object.fromEntries((group.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
            ...about,
          },
          messageType: 'ConfigurationItemChangeNotification',
          ...common,
        }
  const time = `${at.toISOString().slice(0, 19)}Z`
  return { source: 'aws.config', 'detail-type': 'Config Configuration Item Change', detail, resources: [arn], time }
}

function configuration(group: SecurityGroup, account: string, form: 'object' | 'text'): unknown {
  const content = {
    description: group.Description,
    groupName: group.GroupName,
    ipPermissions: (group.IpPermissions ?? []).map(permission),
    ownerId: group.OwnerId ?? account,
    groupId: group.GroupId,
    ipPermissionsEgress: (group.IpPermissionsEgress ?? []).map(permission),
    tags: (group.Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value })),
    vpcId: group.VpcId,
  }
  return form === 'text' ? JSON.stringify(content) : content
}

/** Config names IPv4 ranges twice: as objects, and in an older list as bare strings. */
function permission({ FromPort, ToPort, IpProtocol, ...sources }: IpPermission): unknown {
  return {
    ...(FromPort === undefined ? {} : { fromPort: FromPort }),
    ipProtocol: IpProtocol,
    ipv6Ranges: (sources.Ipv6Ranges ?? []).map((range) => small(range)),
    prefixListIds: (sources.PrefixListIds ?? []).map((list) => small(list)),
    ...(ToPort === undefined ? {} : { toPort: ToPort }),
    userIdGroupPairs: (sources.UserIdGroupPairs ?? []).map((pair) => small(pair)),
    ipv4Ranges: (sources.IpRanges ?? []).map((range) => small(range)),
    ipRanges: (sources.IpRanges ?? []).map((range) => range.CidrIp),
  }
}

function small(value: object): unknown {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name[0]!.toLowerCase() + name.slice(1), member]),
  )
}

/** The same news as a function gets it from Config's topic: the message is a JSON string. */
export function configNotice(change: BusEvent, { account, region }: Place): unknown {
  const TopicArn = `arn:aws:sns:${region}:${account}:config-topic`
  const detail = change.detail as { readonly notificationCreationTime: string }
  const Sns = {
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn,
    Subject: `[AWS Config:${region}] ${change.resources?.[0]} Updated in Account ${account}`.slice(0, 100),
    Message: JSON.stringify(detail),
    Timestamp: detail.notificationCreationTime,
    SignatureVersion: '1',
    Signature: createHash('sha256').update(TopicArn).digest('base64'),
    SigningCertUrl: `https://sns.${region}.amazonaws.com/SimpleNotificationService-0.pem`,
    UnsubscribeUrl: `https://sns.${region}.amazonaws.com/?Action=Unsubscribe`,
    MessageAttributes: {},
  }
  const EventSubscriptionArn = `${TopicArn}:${randomUUID()}`
  return { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn, Sns }] }
}

export interface SignInOptions extends Place {
  /** `root`, or a user's name. */
  readonly who: string
  readonly succeeded?: boolean
  readonly mfa?: boolean
  readonly at?: Date
}

/** A sign-in to the console, as EventBridge carries it. */
export function consoleSignIn({
  who,
  account,
  region,
  succeeded = true,
  mfa = false,
  at = new Date(),
}: SignInOptions): BusEvent {
  const accessKey = who === 'root' ? KEYS.root : `AKIALOCAL${who.toUpperCase()}000000`
  const { accessKeyId: _key, ...identity } = userIdentityOf({ app: null, accessKey }, account, at)
  const { eventTime, ...record } = common('signin.amazonaws.com', 'ConsoleLogin', { account, region }, at)
  const detail = {
    ...record,
    eventTime,
    userIdentity: { ...identity, ...(who === 'root' ? { accessKeyId: '' } : {}) },
    sourceIPAddress: '203.0.113.99',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
    ...(succeeded ? {} : { errorMessage: 'Failed authentication' }),
    requestParameters: null,
    responseElements: { ConsoleLogin: succeeded ? 'Success' : 'Failure' },
    additionalEventData: {
      LoginTo: 'https://console.aws.amazon.com/console/home',
      MobileVersion: 'No',
      MFAUsed: mfa ? 'Yes' : 'No',
    },
    eventType: 'AwsConsoleSignIn',
  }
  const type = 'AWS Console Sign In via CloudTrail'
  return { source: 'aws.signin', 'detail-type': type, detail, resources: [], time: eventTime }
}

export interface RootCallOptions extends Place {
  /** As in a record: `ec2.amazonaws.com`. */
  readonly eventSource: string
  readonly eventName: string
  readonly requestParameters?: unknown
  readonly responseElements?: unknown
  readonly at?: Date
}

/** An API call by the account's root user, as EventBridge carries it. */
export function rootCall(options: RootCallOptions): BusEvent {
  const { eventSource, eventName, requestParameters = null, responseElements = null, at = new Date() } = options
  return trailEvent({
    ...common(eventSource, eventName, options, at),
    userIdentity: userIdentityOf({ app: null, accessKey: KEYS.root }, options.account, at),
    sourceIPAddress: '203.0.113.99',
    userAgent: 'aws-cli/2.31.0',
    requestParameters,
    responseElements,
    requestID: randomUUID(),
    eventType: 'AwsApiCall',
  } as Parameters<typeof trailEvent>[0])
}

function common(eventSource: string, eventName: string, { account, region }: Place, at: Date) {
  return {
    eventVersion: '1.10',
    eventTime: `${at.toISOString().slice(0, 19)}Z`,
    eventSource,
    eventName,
    awsRegion: region,
    eventID: randomUUID(),
    readOnly: false,
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  }
}
