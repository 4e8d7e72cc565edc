import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '#local/cloud.ts'
import { ROUTES } from '#shared/operators/api.ts'
import { packaged, type Template } from '../support/template.ts'

/**
 * Who may ask what: the four managed policies as they are packaged, read by an IAM that is not ours. That API Gateway
 * holds to them, no emulator shows: docs/unverified.md.
 */

const API = 'arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/$default/'
const VALUES: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '123456789012',
  'AWS::StackId': 'arn:aws:cloudformation:eu-central-1:123456789012:stack/portcullis-prod/1',
  HttpApi: 'a1b2c3',
}
const POLICIES = {
  reader: 'ReaderPolicy',
  operator: 'OperatorPolicy',
  approver: 'ApproverPolicy',
  requester: 'RequesterPolicy',
}

let template: Template
beforeAll(async () => {
  template = await packaged()
})

/** A policy with its references resolved, as CloudFormation would. */
const documentOf = (policy: keyof typeof POLICIES): object =>
  JSON.parse(JSON.stringify(template.Resources[POLICIES[policy]]!.Properties!.PolicyDocument), (_, value) => {
    const { Ref: ref, 'Fn::Sub': text } = (value ?? {}) as { Ref?: string; 'Fn::Sub'?: string }
    if (ref) return VALUES[ref]
    return text ? text.replace(/\$\{([\w:]+)\}/g, (_whole, name: string) => VALUES[name] ?? name) : value
  }) as object

/** Which of these calls the policy allows. */
async function allowed(
  policy: keyof typeof POLICIES,
  asks: readonly (readonly [string, string])[],
): Promise<boolean[]> {
  const child = spawn(join(ROOT, '.venv/bin/python'), [join(ROOT, 'test/support/iam_permits.py')])
  child.stdin.end(JSON.stringify({ policy: documentOf(policy), asks }))
  let said = ''
  for await (const part of child.stdout) said += String(part)
  return JSON.parse(said) as boolean[]
}

const SEES = ['GET /doctor', 'GET /incidents', 'GET /incidents/{id}', 'GET /jumps/{id}', 'GET /switches']
/** All that each may ask, in words. */
const MAY: Readonly<Record<keyof typeof POLICIES, readonly string[]>> = {
  reader: SEES,
  operator: [
    ...SEES,
    'POST /arm',
    'POST /disarm',
    'POST /hosts/{id}/preserve',
    'POST /hosts/{id}/quarantine',
    'POST /incidents/{id}/release',
    'POST /incidents/{id}/undo',
    'POST /jumps/{id}/end',
  ],
  approver: [...SEES, 'POST /incidents/{id}/approve', 'POST /incidents/{id}/decline'],
  requester: ['GET /jumps/{id}', 'POST /jumps', 'POST /jumps/{id}/close', 'POST /jumps/{id}/extend'],
}
const arnOf = (route: string) => API + route.replace(' /', '/').replace('{id}', '01JZ0000000000000000000000')

describe.each(Object.keys(POLICIES) as (keyof typeof POLICIES)[])('whoever has the policy %s', (policy) => {
  test('may ask its own routes, and none of the others', async () => {
    const routes = Object.keys(ROUTES)
    const says = await allowed(
      policy,
      routes.map((route) => ['execute-api:Invoke', arnOf(route)]),
    )
    expect(routes.filter((_, i) => says[i]).sort()).toEqual([...MAY[policy]].sort())
  })

  test('finds no way around by a path of their own making, and none into another API, stage, region or account', async () => {
    const asks = [
      'POST/incidents/X/approve/',
      'POST/incidents/undo/approvex',
      'POST/incidents/undo',
      'POST/doctor',
      'POST/arm/x',
      'PUT/disarm',
      'DELETE/incidents/X',
      'POST/jumps/',
      'POST/jumps/X',
      'POST/jumps/X/endx',
      'POST/jump/X',
      'POST/slack',
      '*',
    ].map((path) => API + path)
    const elsewhere = Object.keys(ROUTES).flatMap((route) => [
      arnOf(route).replace('a1b2c3', 'another'),
      arnOf(route).replace('$default', 'test'),
      arnOf(route).replace('eu-central-1', 'us-east-1'),
      arnOf(route).replace('123456789012', '999999999999'),
    ])
    const says = await allowed(
      policy,
      [...asks, ...elsewhere].map((resource) => ['execute-api:Invoke', resource]),
    )
    expect(says).toEqual(says.map(() => false))
  })

  test('may do nothing else but find the API', async () => {
    const stack = VALUES['AWS::StackId']!
    const says = await allowed(policy, [
      ['cloudformation:DescribeStacks', stack],
      ['cloudformation:DeleteStack', stack],
      ['cloudformation:DescribeStacks', stack.replace('portcullis-prod', 'other')],
      ['execute-api:ManageConnections', `${API}GET/incidents`],
      ['lambda:InvokeFunction', 'arn:aws:lambda:eu-central-1:123456789012:function:portcullis-prod-undo-open-ingress'],
      ['dynamodb:PutItem', 'arn:aws:dynamodb:eu-central-1:123456789012:table/portcullis-ledger-prod'],
      ['sns:Publish', 'arn:aws:sns:eu-central-1:123456789012:portcullis-notices-prod'],
    ])
    expect(says).toEqual([true, false, false, false, false, false, false])
  })
})
