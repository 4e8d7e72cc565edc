import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { doctorRights } from '#deploy/doctor-role.ts'
import { deployedPolicy } from '#deploy/policy.ts'
import { type FunctionRights, functionRights, impliedBy } from '#deploy/rights.ts'
import { DOCTORS_PAGE } from '#shared/aws/doctor-memory.ts'
import { CALLS } from '../support/cloud-setup.ts'
import { packaged, type Statement, statementsOfRole, type Template } from '../support/template.ts'

interface Seen {
  readonly app: string
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value)
const actionsOf = (statements: readonly Statement[]): string[] =>
  [...new Set(statements.flatMap((one) => list(one.Action)))].sort()

/** What the tests deploy. */
const POLICY = 'test/support/policy.yml'
const deployed: Readonly<Record<string, FunctionRights>> = {
  ...functionRights(deployedPolicy(POLICY)),
  doctor: doctorRights,
}

let template: Template
/** What the front door saw each function call, over the whole suite that ran before. */
let seen: Seen[]

beforeAll(async () => {
  template = await packaged({}, { PORTCULLIS_POLICY: POLICY })
  seen = readdirSync(CALLS).flatMap((name) => JSON.parse(readFileSync(`${CALLS}/${name}`, 'utf8')) as Seen[])
})

describe.each(Object.entries(deployed))('the role of %s', (name, held) => {
  const { role } = held
  const rights = () => statementsOfRole(template, role)

  test('is the role of that function, and of no other', () => {
    const users = Object.values(template.Resources).filter((one) =>
      JSON.stringify(one.Properties?.Role ?? '').includes(role),
    )
    expect(users.map((one) => one.Properties?.FunctionName)).toEqual([`portcullis-prod-${name}`])
  })

  test('allows exactly what the function was seen to call, and what these calls imply', () => {
    const called = seen.filter((call) => call.app === name).flatMap((call) => call.actions)
    expect(called.length).toBeGreaterThan(0)
    expect(actionsOf(rights())).toEqual([...new Set([...called, ...impliedBy(held)])].sort())
  })

  test('has no wildcard action, and a wildcard resource only for reads that know none', () => {
    for (const statement of rights()) {
      for (const action of list(statement.Action)) {
        expect(action).not.toContain('*')
        if (statement.Resource === '*')
          expect(action).toMatch(
            /^(ec2:(Describe|GetManagedPrefixListEntries)|(autoscaling|elasticloadbalancing):Describe|(cloudtrail|config|events):(Describe|Get|List|Lookup)|scheduler:ListSchedules$)/,
          )
      }
      expect(statement.Effect).toBe('Allow')
    }
  })

  test('can change nothing outside the table of mutations but its own ledger, log and dead letters', () => {
    const changing = actionsOf(rights()).filter((action) => !/:(Describe|Filter|Get|List|Lookup|Query)/.test(action))
    const own = [
      ...impliedBy(held),
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
    ]
    const isPower = (action: string) => held.powers.some((power) => power === action)
    expect(changing.filter((action) => isPower(action) || !own.includes(action))).toEqual([...held.powers].sort())
  })

  test('names no literal partition', () => {
    expect(JSON.stringify(rights())).not.toContain('arn:aws:')
  })
})

test('the index of the ledger may be asked only by the function that was seen to ask it', () => {
  const askers = new Set(
    seen.filter((call) => call.resources.some((one) => one.endsWith('/by-status'))).map((call) => call.app),
  )
  const allowed = Object.entries(deployed).filter(([, { role }]) =>
    JSON.stringify(statementsOfRole(template, role)).includes('/index/by-status'),
  )
  expect(allowed.map(([name]) => name).sort()).toEqual([...askers].sort())
})

test('a key of the operator adds the rights on that key, and nothing else', async () => {
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555'
  const under = await packaged({ kmsKey: key }, { PORTCULLIS_POLICY: POLICY })
  for (const rights of Object.values(deployed)) {
    const { role } = rights
    const mine = (one: Statement) =>
      list(one.Action).some((action) => action.startsWith('kms:')) &&
      statementsOfRole(template, role).every((own) => JSON.stringify(own) !== JSON.stringify(one))
    const more = statementsOfRole(under, role).filter(mine)
    expect(more.map((one) => one.Resource)).toEqual([[key]])
    const added = impliedBy(rights, key).filter((action) => !impliedBy(rights).includes(action))
    expect(actionsOf(statementsOfRole(under, role))).toEqual(
      [...actionsOf(statementsOfRole(template, role)), ...added].sort(),
    )
  }
})

test('tags may be made only on rules that are being put back', () => {
  const tagging = statementsOfRole(template, 'UndoOpenIngressRole').find((one) =>
    list(one.Action).includes('ec2:CreateTags'),
  )
  expect(tagging).toMatchObject({
    Condition: { StringEquals: { 'ec2:CreateAction': 'AuthorizeSecurityGroupIngress' } },
  })
  expect(JSON.stringify(tagging!.Resource)).toContain('security-group-rule/*')
})

test('evidence: tags only on snapshots that are being made, keys only through EC2, locks and shares only on what is tagged', () => {
  const statements = statementsOfRole(template, 'PreserveHostRole')
  const of = (action: string) => statements.find((one) => list(one.Action).includes(action))!
  expect(of('ec2:CreateTags')).toMatchObject({
    Resource: [{ 'Fn::Sub': 'arn:${AWS::Partition}:ec2:*::snapshot/*' }],
    Condition: { StringEquals: { 'ec2:CreateAction': ['CreateSnapshots', 'CopySnapshot'] } },
  })
  for (const action of ['ec2:LockSnapshot', 'ec2:ModifySnapshotAttribute'])
    expect(of(action)).toMatchObject({ Condition: { StringLike: { 'aws:ResourceTag/portcullis:host': 'i-*' } } })
  expect(of('kms:ReEncryptTo')).toMatchObject({ Condition: { StringLike: { 'kms:ViaService': 'ec2.*' } } })
  expect(of('kms:CreateGrant')).toMatchObject({ Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } })
  for (const action of ['s3:PutObject', 's3:GetObject', 's3:ListBucket'])
    expect(JSON.stringify(of(action).Resource)).toContain('portcullis-evidence-prod-')
})

test('of SSM’s parameters each function reads its own secrets, and runs the functions that it has to', () => {
  const holding = (name: string, action: string) =>
    statementsOfRole(template, deployed[name]!.role)
      .filter((one) => list(one.Action).includes(action))
      .flatMap((one) => [...JSON.stringify(one.Resource).matchAll(/(?:slack\/|function:portcullis-prod-)([a-z-]+)/g)])
      .map(([, what]) => what)
  expect(Object.keys(deployed).filter((name) => holding(name, 'ssm:GetParameter').length > 0)).toEqual([
    'operators-api',
    'prove-address',
    'answer-slack',
    'tell-slack',
  ])
  expect(holding('operators-api', 'ssm:GetParameter')).toEqual(['bot-token'])
  expect(holding('prove-address', 'ssm:GetParameter')).toEqual(['signing-secret'])
  expect(holding('answer-slack', 'ssm:GetParameter')).toEqual(['signing-secret', 'bot-token'])
  expect(holding('tell-slack', 'ssm:GetParameter')).toEqual(['bot-token'])
  expect(holding('prove-address', 'lambda:InvokeFunction')).toEqual(['keep-jump-boxes'])
  expect(holding('answer-slack', 'lambda:InvokeFunction')).toEqual(['operators-api'])
  // It runs whatever a person may ask for, and neither itself nor what answers the open routes.
  expect(holding('operators-api', 'lambda:InvokeFunction').sort()).toEqual(
    Object.keys(deployed)
      .filter((name) => !/^(operators-api|prove-address|answer-slack|tell-slack)$/.test(name))
      .sort(),
  )
})

test('every role fits into what IAM has room for', () => {
  for (const { role } of Object.values(deployed)) {
    // In the longest partition, region and names that there are.
    const text = JSON.stringify(statementsOfRole(template, role))
    expect(text.replaceAll('{"Fn::Sub":', '').length, role).toBeLessThan(9_000)
  }
})

test('only a policy that narrows gives the responder the right to open anything, and its undo the right to close', () => {
  const shipped = functionRights(deployedPolicy('portcullis.yml'))
  const { 'close-open-ingress': closing, 'undo-open-ingress': undoing } = shipped
  expect(closing!.powers).toEqual(['ec2:RevokeSecurityGroupIngress', 'sns:Publish'])
  expect(undoing!.powers).toEqual(['ec2:AuthorizeSecurityGroupIngress', 'sns:Publish'])
  expect(deployed['close-open-ingress']!.powers).toContain('ec2:AuthorizeSecurityGroupIngress')
})

test('the doctor writes its own page of the ledger alone, and runs the functions whose powers it asks about', () => {
  const statements = statementsOfRole(template, doctorRights.role)
  const holding = (action: string) => statements.filter((one) => list(one.Action).includes(action))
  expect(holding('dynamodb:PutItem').map((one) => one.Condition)).toEqual([
    { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [DOCTORS_PAGE] } },
  ])
  const run = JSON.stringify(holding('lambda:InvokeFunction').map((one) => one.Resource))
  expect([...run.matchAll(/function:portcullis-prod-([a-z-]+)/g)].map(([, name]) => name).sort()).toEqual([
    'close-open-ingress',
    'keep-jump-boxes',
    'preserve-host',
    'quarantine-instance',
    'release-instance',
    'undo-open-ingress',
    'watch-defences',
  ])
})

/** What a stolen role is good for, in the words of SECURITY.md. */
const WORDS: Readonly<Record<string, string>> = {
  'ec2:AuthorizeSecurityGroupIngress': 'opens',
  'ec2:RevokeSecurityGroupIngress': 'closes',
  'cloudtrail:StartLogging': 'switches on',
  'ec2:RunInstances': 'launches',
  'ec2:TerminateInstances': 'ends',
  'dynamodb:PutItem': 'writes',
  'dynamodb:DeleteItem': 'deletes',
  'lambda:InvokeFunction': 'runs',
  'sns:Publish': 'tells',
}
const shipped = { ...functionRights(deployedPolicy('portcullis.yml')), doctor: doctorRights }
test.each<[string, string, string]>([
  ['close-open-ingress', 'closes deletes tells writes', 'opens'],
  ['undo-open-ingress', 'opens tells writes', 'closes'],
  ['watch-defences', 'deletes tells writes', 'switches on'],
  ['keep-jump-boxes', 'deletes tells writes', 'closes, ends, launches, opens'],
  ['operators-api', 'deletes runs tells writes', ''],
  ['prove-address', 'runs writes', ''],
  ['answer-slack', 'runs writes', ''],
  ['tell-slack', 'writes', ''],
  ['doctor', 'runs tells writes', ''],
])(
  'whoever steals the role of %s %s; where the policy narrows, asks about defences, and has zones, also %s',
  (name, as, more) => {
    const abilities = ({ powers, ledger }: FunctionRights) =>
      [...powers, ...ledger].flatMap((action) => WORDS[action] ?? []).sort()
    expect(abilities((shipped as Readonly<Record<string, FunctionRights>>)[name]!).join(' ')).toBe(as)
    expect(abilities(deployed[name]!)).toEqual([...as.split(' '), ...(more ? more.split(', ') : [])].sort())
  },
)
