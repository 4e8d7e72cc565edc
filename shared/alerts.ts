import { field, text } from '#shared/kit/loose.ts'
import { quote } from '#shared/kit/quote.ts'
import { ascii, type Notice } from '#shared/notice.ts'

/**
 * What people are told of at once, though there is nothing to look at or to put right: somebody changed what Portcullis
 * itself is made of, root was used, somebody signed in without a second factor.
 */

interface Happened {
  readonly what: string
  readonly importance: Notice['importance']
}

/** Calls that change one of our own things, by the field that names it. */
const OWN: readonly {
  readonly source: string
  readonly calls: RegExp
  readonly names: readonly string[]
  /** What ours is called; where it ends in a dash, what its name begins with. */
  readonly ours: (stage: string) => string
}[] = [
  {
    source: 'iam.amazonaws.com',
    calls: /^(Put|Delete|Attach|Detach|Update|Tag|Untag)(\w*)(Role|AssumeRolePolicy)/,
    names: ['roleName'],
    ours: (stage) => `portcullis-${stage}-`,
  },
  {
    source: 'dynamodb.amazonaws.com',
    calls: /^(UpdateTable|DeleteTable|UpdateContinuousBackups|UpdateTimeToLive|PutResourcePolicy)$/,
    names: ['tableName', 'resourceArn'],
    ours: (stage) => `portcullis-ledger-${stage}`,
  },
  {
    source: 'lambda.amazonaws.com',
    calls: /^(Update|Delete|Put|Add|Remove)\w*/,
    names: ['functionName'],
    ours: (stage) => `portcullis-${stage}-`,
  },
  {
    // Which events a rule lets through and where they go can't be swept for: only the call tells that it was changed.
    source: 'events.amazonaws.com',
    calls: /^(PutRule|DisableRule|DeleteRule|PutTargets|RemoveTargets)$/,
    names: ['name', 'rule'],
    ours: (stage) => `portcullis-${stage}-`,
  },
  {
    source: 'sns.amazonaws.com',
    calls: /^(DeleteTopic|SetTopicAttributes|Unsubscribe|RemovePermission|AddPermission)$/,
    names: ['topicArn', 'subscriptionArn'],
    ours: (stage) => `portcullis-notices-${stage}`,
  },
  {
    source: 'sqs.amazonaws.com',
    calls: /^(DeleteQueue|PurgeQueue|SetQueueAttributes)$/,
    names: ['queueUrl'],
    ours: (stage) => `portcullis-dead-letters-${stage}`,
  },
]

/** What to tell of this event, if anything. Failed calls changed nothing, but a failed sign-in is none either. */
export function alertOf(event: unknown, stage: string): Notice | null {
  const record = field(event, 'detail')
  // Nobody but AWS can send what is said to come from it.
  if (!text(field(event, 'source'))?.startsWith('aws.')) return null
  if (text(field(record, 'eventID')) === undefined || text(field(record, 'errorCode')) !== undefined) return null
  const isSignIn = text(field(record, 'eventName')) === 'ConsoleLogin'
  const happened = isSignIn ? signIn(record) : (ownThing(record, stage) ?? rootUse(record))
  if (!happened) return null
  const identity = field(record, 'userIdentity')
  const who = text(field(identity, 'arn', 'userName', 'principalId')) ?? text(field(identity, 'type')) ?? 'unknown'
  const call = `${text(field(record, 'eventSource')) ?? '?'} ${text(field(record, 'eventName')) ?? '?'}`
  const account = text(field(record, 'recipientAccountId')) ?? text(field(event, 'account')) ?? '?'
  const region = text(field(record, 'awsRegion')) ?? '?'
  const address = text(field(record, 'sourceIPAddress')) ?? '?'
  return {
    subject: ascii(`Portcullis: ${happened.what}`),
    text: [
      `${happened.what}.`,
      `By ${quote(who, 200)} from ${quote(address, 45)}: ${quote(call, 100)}, event ${text(field(record, 'eventID'))}.`,
      `Account ${account}, region ${region}, at ${text(field(record, 'eventTime')) ?? '?'}.`,
    ].join('\n'),
    importance: happened.importance,
    facts: {
      alert: happened.what,
      actor: quote(who, 200),
      address: quote(address, 45),
      call: quote(call, 100),
      event: text(field(record, 'eventID')) ?? null,
      account,
      region,
    },
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html */
function signIn(record: unknown): Happened | null {
  if (text(field(field(record, 'responseElements'), 'ConsoleLogin')) !== 'Success') return null
  const type = text(field(field(record, 'userIdentity'), 'type'))
  const hasFactor = text(field(field(record, 'additionalEventData'), 'MFAUsed')) === 'Yes'
  if (type === 'Root')
    return { what: `root signed in to the console${hasFactor ? '' : ' without MFA'}`, importance: 'critical' }
  // Federated people prove their second factor elsewhere: the record always says No of them.
  return hasFactor || type !== 'IAMUser'
    ? null
    : { what: 'a user signed in to the console without MFA', importance: 'important' }
}

function ownThing(record: unknown, stage: string): Happened | null {
  const source = text(field(record, 'eventSource'))
  const name = text(field(record, 'eventName')) ?? ''
  const request = field(record, 'requestParameters')
  for (const own of OWN) {
    if (own.source !== source || !own.calls.test(name)) continue
    const named = own.names.flatMap((key) => text(field(request, key)) ?? [])
    const ours = own.ours(stage)
    const isOurs = (part: string) => (ours.endsWith('-') ? part.startsWith(ours) : part === ours)
    const thing = named.find((one) => one.split(/[:/]/).some(isOurs))
    if (thing === undefined) continue
    // A deployment does this too. It is no proof of good intent, so it is told all the same.
    const deployed = text(field(field(record, 'userIdentity'), 'invokedBy')) === 'cloudformation.amazonaws.com'
    return {
      what: `${name.replace(/\d{8}.*$/, '')} changed Portcullis itself: ${quote(thing, 120)}${deployed ? ', by a deployment' : ''}`,
      importance: deployed ? 'info' : 'critical',
    }
  }
  return null
}

function rootUse(record: unknown): Happened | null {
  const identity = field(record, 'userIdentity')
  // An Auto Scaling launch can show Root, invoked by the service.
  if (text(field(identity, 'type')) !== 'Root' || field(identity, 'invokedBy') !== undefined) return null
  if (field(record, 'readOnly') === true) return null
  return { what: 'root was used', importance: 'critical' }
}
