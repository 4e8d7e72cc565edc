import { describe, expect, test } from 'vitest'
import { CHECK_POWERS, callsOf, checkPowers, isCheckPowers, judgeDryRun } from '#shared/check-powers.ts'
import { judgePowers, powers } from '#shared/doctor/powers.ts'
import { refusalOf } from '#shared/doctor/refusal.ts'
import { awsError, outside } from '../support/doctor-world.ts'

const ACTION = 'ec2:RevokeSecurityGroupIngress'
const DENIED =
  'You are not authorized to perform this operation. User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ec2:RevokeSecurityGroupIngress on resource: arn:aws:ec2:eu-central-1:1:security-group/sg-0'

describe('What AWS says of a refusal names the policy', () => {
  test.each([
    [
      `${DENIED} with an explicit deny in a service control policy. Encoded…`,
      'an explicit deny in a service control policy',
    ],
    [
      `${DENIED} with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1`,
      'an explicit deny in a service control policy (arn:aws:organizations::1:policy/o-1/service_control_policy/p-1)',
    ],
    [`${DENIED} because no service control policy allows the ec2:X action`, 'no service control policy allows it'],
    [`${DENIED} with an explicit deny in a permissions boundary`, 'an explicit deny in a permissions boundary'],
    [`${DENIED} because no permissions boundary allows the ec2:X action`, 'no permissions boundary allows it'],
    [`${DENIED} because no identity-based policy allows the ec2:X action`, 'no identity-based policy allows it'],
    [`${DENIED} with an explicit deny in an identity-based policy`, 'an explicit deny in an identity-based policy'],
    [
      'You are not authorized to perform this operation. Encoded authorization failure message: abc',
      'it does not say which policy',
    ],
    ['', 'it does not say which policy'],
  ])('%s', (message, by) => {
    expect(refusalOf(message).by).toBe(by)
    const check = judgeDryRun(ACTION, awsError('UnauthorizedOperation', message))
    expect(check).toMatchObject({ name: ACTION, state: 'bad', says: `AWS would refuse it: ${by}.` })
    expect(check.says).not.toContain('Encoded')
  })
})

test.each([
  ['DryRunOperation', 'ok'],
  ['UnauthorizedOperation', 'bad'],
  ['InvalidGroup.NotFound', 'unknown'],
  ['InvalidGroupId.Malformed', 'unknown'],
  ['RequestLimitExceeded', 'unknown'],
])('a dry run that ends with %s is %s', (code, state) => {
  expect(judgeDryRun(ACTION, awsError(code)).state).toBe(state)
})

test.each([
  ['', 'unknown'],
  ['Encoded authorization failure message: abc', 'unknown'],
  [`${DENIED} because no identity-based policy allows the ec2:X action`, 'unknown'],
  [`${DENIED} because no permissions boundary allows the ec2:X action`, 'bad'],
  [`${DENIED} because no service control policy allows the ec2:X action`, 'bad'],
  [`${DENIED} with an explicit deny in a service control policy`, 'bad'],
])(
  'a refusal of what a role may do to its own things alone says something only where another policy did: %s',
  (message, state) => {
    expect(judgeDryRun(ACTION, awsError('UnauthorizedOperation', message), true).state).toBe(state)
    expect(judgeDryRun(ACTION, awsError('UnauthorizedOperation', message)).state).toBe('bad')
  },
)

describe('A function tries its powers', () => {
  const declared = {
    reads: ['ec2:DescribeSecurityGroups', 'ec2:GetManagedPrefixListEntries', 'cloudtrail:DescribeTrails'],
    powers: [ACTION, 'ec2:AuthorizeSecurityGroupIngress', 'sns:Publish'],
  }
  const made: [string, object][] = []
  const call = async (action: string, input: object) => {
    made.push([action, input])
    throw awsError(action === ACTION ? 'UnauthorizedOperation' : 'DryRunOperation')
  }

  test('EC2’s alone, each as a dry run, on nothing that exists', async () => {
    const checks = await checkPowers(declared, call)
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ['ec2:DescribeSecurityGroups', 'ok'],
      ['ec2:GetManagedPrefixListEntries', 'ok'],
      [ACTION, 'bad'],
      ['ec2:AuthorizeSecurityGroupIngress', 'ok'],
    ])
    for (const [, input] of made) {
      expect(input).toMatchObject({ DryRun: true })
      for (const [id] of JSON.stringify(input).matchAll(/"(sg|sgr|pl)-[^"]+"/g)) expect(id).toMatch(/-0{17}"$/)
    }
    expect(JSON.stringify(made)).not.toContain('TagSpecifications')
  })

  test('with tags where it gives tags: EC2 checks that right as well', async () => {
    made.length = 0
    await checkPowers({ ...declared, tags: true }, call)
    expect(JSON.stringify(made)).toContain('TagSpecifications')
  })

  test('and takes no refusal for one where it may call only on its own things', async () => {
    const states = async (bounded: readonly string[]) =>
      (await checkPowers({ ...declared, bounded }, call)).map(({ state }) => state)
    expect(await states([ACTION])).toEqual(['ok', 'ok', 'unknown', 'ok'])
    expect(await states(['ec2:AuthorizeSecurityGroupIngress'])).toEqual(['ok', 'ok', 'bad', 'ok'])
  })

  test('an answer in place of an error is no proof', async () => {
    const [check] = await checkPowers({ reads: ['ec2:DescribeSecurityGroups'], powers: [] }, async () => ({}))
    expect(check).toMatchObject({ state: 'unknown' })
  })

  test('by the calls that it was given, and no others', async () => {
    const given = callsOf(
      { 'ec2:DescribeSecurityGroups': async () => 'read' },
      { [ACTION]: { send: async () => 'changed' } },
    )
    expect(await given('ec2:DescribeSecurityGroups', {})).toBe('read')
    expect(await given(ACTION, {})).toBe('changed')
    await expect(given('ec2:AuthorizeSecurityGroupIngress', {})).rejects.toThrow(/was not given/)
  })

  test('when it is asked to, and not by an event', () => {
    expect(isCheckPowers(CHECK_POWERS)).toBe(true)
    for (const event of [null, undefined, 'check-powers', {}, { detail: CHECK_POWERS }, { portcullis: 'sweep' }])
      expect(isCheckPowers(event)).toBe(false)
  })
})

describe('powers', () => {
  const fine = { name: 'ec2:A', state: 'ok', says: 'AWS would let it.' }
  test('one line where all is well, else one for each that is not', () => {
    expect(judgePowers('close', [fine, fine])).toMatchObject([{ name: 'powers of close', state: 'ok' }])
    expect(judgePowers('close', [fine, { ...fine, name: 'ec2:B', state: 'bad' }])).toMatchObject([
      { name: 'powers of close: ec2:B', state: 'bad' },
    ])
  })

  test.each([null, {}, [{ name: 'a' }], [{ ...fine, state: 'fine' }], 'text'])('%j says nothing', (answer) => {
    expect(judgePowers('close', answer)).toMatchObject([{ name: 'powers of close', state: 'unknown' }])
  })

  test('a function that can’t be run is bad; one that the doctor may not run is unknown', async () => {
    const asked: string[] = []
    const checks = await powers(
      outside(
        {},
        {
          askPowers: async (name) => {
            asked.push(name)
            throw awsError(name.includes('undo') ? 'AccessDeniedException' : 'TooManyRequestsException')
          },
        },
      ),
    )
    expect(asked).toEqual(['portcullis-prod-close-open-ingress', 'portcullis-prod-undo-open-ingress'])
    expect(checks.map(({ state }) => state)).toEqual(['bad', 'unknown'])
    expect(checks[0]!.fix).toMatch(/concurrency/)
  })
})
