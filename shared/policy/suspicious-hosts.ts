import * as z from 'zod'
import { count, DAY, duration, ids, Mode, name, need, ownNames, words } from './values.ts'

/** What makes a host suspicious, and what is done about it. */

const INSTANCE = 'an instance id such as i-0123456789abcdef0'
const instances = ids(/^i-[0-9a-f]+$/, INSTANCE)
const TAG = 'a tag such as env=prod, or a key alone'
const tags = z.array(z.string(need(TAG)).min(1, `expected ${TAG}`), need(`a list, each of it ${TAG}`)).optional()
const texts = (what: string) =>
  z
    .array(z.string(need(what)).min(1, `expected ${what}`), need(`a list, each of it ${what}`))
    .min(1, `expected ${what}`)

const TYPES = 'a type of finding such as "CryptoCurrency:EC2/*" (a * stands for any text)'
const severity = z
  .number(need('a severity of 0 to 10'))
  .min(0, 'expected a severity of 0 to 10')
  .max(10, 'expected a severity of 0 to 10')
  .describe("From this severity on; Security Hub's 0 to 100 is a tenth of it")

const Detector = z.strictObject(
  { severity: severity.default(7), types: texts(TYPES).default(['*']) },
  need('a mapping with severity or types'),
)

const Rogue = z
  .strictObject(
    {
      'launched-by': z
        .array(name, need('a list of names under actors'))
        .optional()
        .describe('Only these may launch or start instances; where it is not known who did, a person is asked'),
      'image-owners': texts('an account id, or an alias such as amazon')
        .optional()
        .describe('Only images of these owners may run'),
      tags: texts('the key of a tag').optional().describe('Every instance carries these'),
      nowhere: z.literal(true, need('true')).optional().describe('Nothing at all is to run in this region'),
      within: duration('How long after its launch an instance is judged', 60, 30 * DAY, '1m to 30d').prefault('1d'),
    },
    need('a mapping with launched-by, image-owners, tags or nowhere'),
  )
  .refine(
    (rogue) => rogue['launched-by'] || rogue['image-owners'] || rogue.tags || rogue.nowhere,
    'expected launched-by, image-owners, tags or nowhere',
  )

const When = z
  .strictObject(
    {
      guardduty: Detector.optional(),
      'security-hub': z
        .strictObject(
          {
            severity: severity.default(7),
            types: texts(TYPES).default(['*']),
            actions: texts('the name of a custom action').optional().describe('Custom actions that people choose'),
          },
          need('a mapping with severity, types or actions'),
        )
        .optional(),
      'config-rules': texts('the name of an AWS Config rule')
        .optional()
        .describe('A host that does not comply with one of these'),
      rogue: Rogue.optional().describe('Launches by the wrong actor, from the wrong image, in the wrong place'),
      person: z
        .literal(true, need('true'))
        .optional()
        .describe('Somebody asks with `portcullis quarantine` or `preserve`'),
    },
    need('a mapping with guardduty, security-hub, config-rules, rogue or person'),
  )
  .refine(
    (when) => Object.keys(when).length > 0,
    'expected at least one of guardduty, security-hub, config-rules, rogue, person',
  )

const CONTAIN =
  'network-only (no new paths is enough), credentials (sessions of its role end too) or stop (and it is stopped once its snapshots are begun)'

const Also = z
  .strictObject(
    {
      tags: z
        .record(z.string().min(1), z.string(), need('a mapping of tags'))
        .optional()
        .describe('Tags that the host gets'),
      'owner-tag': z.string(need('the key of a tag')).optional().describe('The tag that names its owner: told with it'),
      'hand-over': z
        .string(need('the name of a role'))
        .optional()
        .describe(
          'The host gets the tag portcullis:held-by with this role: docs/hand-over.md has the policy that denies all others',
        ),
      run: z
        .strictObject(
          {
            document: z
              .string(need('the name of an SSM document'))
              .regex(/^[\w.:/-]{3,200}$/, 'expected the name of an SSM document'),
            parameters: z.record(z.string(), z.array(z.string()), need('a mapping of lists')).default({}),
          },
          need('a mapping with document'),
        )
        .optional()
        .describe('An SSM document that is run before it is cut off'),
    },
    need('a mapping with tags, owner-tag, hand-over or run'),
  )
  .default({})

const Rule = z.strictObject(
  {
    name: name.describe('Stands in every decision and notice that this rule makes'),
    mode: Mode,
    when: When,
    contain: z.enum(['network-only', 'credentials', 'stop'], need(CONTAIN)).describe(CONTAIN),
    reach: z
      .enum(['none', 'vpc'], need('none or vpc'))
      .default('none')
      .describe('vpc: only what is outside the VPC is cut off'),
    sessions: z
      .enum(['host', 'role'], need('host or role'))
      .default('host')
      .describe('Whose sessions end with `contain: credentials`: those of this host, or all older ones of its role'),
    addresses: z
      .enum(['keep', 'detach'], need('keep or detach'))
      .default('keep')
      .describe('Whether Elastic IPs are taken off'),
    scaling: z
      .enum(['standby', 'detach', 'leave'], need('standby, detach or leave'))
      .default('standby')
      .describe('What is done about the Auto Scaling group it belongs to, which would replace or end it'),
    targets: z
      .enum(['deregister', 'leave'], need('deregister or leave'))
      .default('deregister')
      .describe('Whether it is taken out of target groups'),
    untrack: z
      .boolean(need('true or false'))
      .default(false)
      .describe('Try to cut established connections: for a moment the host is open to everybody. An attempt, no proof'),
    preserve: z
      .enum(['none', 'watch', 'ask', 'act'], need('none, watch, ask or act'))
      .optional()
      .describe("Whether its evidence is kept; without it, as the rule's mode"),
    also: Also,
  },
  need('a rule: a mapping with name, mode, when and contain'),
)

const Spare = z
  .strictObject(
    {
      name,
      owner: words('who answers for it', 200),
      reason: words('some words on why', 500),
      expires: z
        .union([z.iso.date(), z.iso.datetime({ offset: true })], need('a date such as 2027-01-31 (each of them ends)'))
        .transform((text) => new Date(text.length === 10 ? `${text}T23:59:59Z` : text).toISOString()),
      instances,
      vpcs: ids(/^vpc-[0-9a-f]+$/, 'a VPC id such as vpc-0123abcd'),
    },
    need('a mapping with name, owner, reason, expires and instances or vpcs'),
  )
  .refine((spare) => spare.instances || spare.vpcs, 'expected instances or vpcs: it has bounds')

const Hosts = z.strictObject(
  { instances, tags, 'scaling-groups': texts('the name of an Auto Scaling group').optional() },
  need('a mapping with instances, tags or scaling-groups'),
)

const Evidence = z
  .strictObject(
    {
      retain: count(1, 3_650, 'For how many days the bucket lets nobody delete or change what is kept').default(90),
      copy: z
        .strictObject(
          {
            region: z
              .string(need('a region'))
              .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region such as eu-west-1')
              .optional(),
            key: z
              .string(need('the ARN of a KMS key'))
              .regex(/^arn:[a-z-]+:kms:/, 'expected the ARN of a KMS key')
              .optional(),
            account: z
              .string(need('an account id of 12 digits'))
              .regex(/^\d{12}$/, 'expected an account id of 12 digits')
              .optional(),
          },
          need('a mapping with region, key or account'),
        )
        .refine(
          ({ account, key }) => !account || key,
          'expected a key beside the account: snapshots under aws/ebs can not be shared',
        )
        .optional()
        .describe('Snapshots are copied there, under that key; with an account, the copies are shared with it'),
      lock: z
        .strictObject(
          {
            mode: z.enum(['governance', 'compliance'], need('governance or compliance')),
            days: count(1, 36_500, 'For how many days'),
          },
          need('a mapping with mode and days'),
        )
        .optional()
        .describe('EBS Snapshot Lock'),
    },
    need('a mapping with retain, copy or lock'),
  )
  .prefault({})

export const SuspiciousHosts = z
  .strictObject(
    {
      rules: z
        .array(Rule, need('a list of rules'))
        .default([])
        .refine(ownNames, 'expected each rule to have its own name')
        .describe('The first rule that fits one of the reasons counts'),
      imported: Mode.default('ask').describe(
        'What is done at most about reasons that others can write: imported findings, Config evaluations',
      ),
      nodes: Mode.default('ask').describe('What is done at most about nodes of EKS and ECS'),
      protected: Hosts.prefault({}).describe('Hosts about which a person is asked first'),
      'evidence-first': Hosts.prefault({}).describe('Hosts whose snapshots are begun before they are cut off'),
      spare: z.array(Spare, need('a list')).default([]).refine(ownNames, 'expected each to have its own name'),
      breaker: z
        .strictObject(
          { hosts: count(1, 1_000, 'How many hosts are acted on within an hour').default(5) },
          need('a mapping with hosts'),
        )
        .prefault({}),
      share: count(
        1,
        100,
        'At most so many percent of an Auto Scaling or target group are taken away; beyond that a person is asked',
      ).default(34),
      evidence: Evidence,
    },
    need('a mapping with rules'),
  )
  .prefault({})
  .describe('Hosts that are to be cut off, and whose evidence is to be kept')
