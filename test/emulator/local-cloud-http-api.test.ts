import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { SignatureV4 } from '@smithy/signature-v4'
import { beforeAll, describe, expect, test } from 'vitest'
import { deployTo } from '#local/deploy.ts'
import { KEYS } from '#local/principals.ts'
import { slackOf } from '#local/slack.ts'
import { isSigned } from '../support/slack-app.ts'
import { as, cloud, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

const SERVICE = `service: echo
frameworkVersion: "4"
provider:
  name: aws
  runtime: nodejs24.x
  region: eu-central-1
functions:
  echo:
    handler: index.handler
    events:
      - httpApi: { method: POST, path: /act, authorizer: { type: aws_iam } }
      - httpApi: { method: POST, path: /open }
`
const ECHO = `exports.handler = async ({ requestContext, headers, body }) => ({ requestContext, headers, body })`

let api: string

beforeAll(async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'portcullis-test-'))
  writeFileSync(join(cwd, 'serverless.yml'), SERVICE)
  writeFileSync(join(cwd, 'index.js'), ECHO)
  await deployTo(cloud, { stage: 'test', cwd })
  rmSync(cwd, { recursive: true })
  const asked = new DescribeStacksCommand({ StackName: 'echo-test' })
  const { Stacks } = await new CloudFormationClient(as(KEYS.deploy)).send(asked)
  api = Stacks![0]!.Outputs!.find((output) => output.OutputKey === 'HttpApiId')!.OutputValue!
}, 120_000)

class Sha256 {
  private hash: Hash | Hmac
  constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(chunk: string | Uint8Array): void {
    this.hash.update(chunk)
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest()
  }
}

interface Wish {
  readonly key?: string
  readonly secret?: string
  readonly service?: string
  readonly at?: Date
  readonly headers?: Readonly<Record<string, string>>
}

interface Echoed {
  readonly requestContext: { readonly http: { readonly sourceIp: string } }
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const BODY = '{"do":"it"}'

/** The headers of a request that is signed as an AWS SDK signs it. */
async function signed(path: string, wish: Wish = {}): Promise<Record<string, string>> {
  const { host, hostname, port, protocol, pathname } = new URL(urlOf(path))
  const credentials = { accessKeyId: wish.key ?? KEYS.alice, secretAccessKey: wish.secret ?? 'local' }
  const service = wish.service ?? 'execute-api'
  const signer = new SignatureV4({ service, region: cloud.region, credentials, sha256: Sha256 as never })
  const headers = { host, 'content-type': 'application/json', ...wish.headers }
  const place = { protocol, hostname, port: Number(port), path: pathname, query: { why: 'a b+c' } }
  const request = { method: 'POST', ...place, headers, body: BODY }
  return (await signer.sign(request, wish.at ? { signingDate: wish.at } : {})).headers
}

const urlOf = (path: string) => `${cloud.url}/_aws/execute-api/${api}/$default${path}`

async function post(path: string, headers: Readonly<Record<string, string>>, body = BODY) {
  const { host: _host, ...sent } = headers
  const answer = await fetch(`${urlOf(path)}?why=a%20b%2Bc`, { method: 'POST', headers: sent, body })
  return { status: answer.status, body: (await answer.json()) as Echoed }
}

const forbidden = { status: 403, body: { message: 'Forbidden' } }

describe('an HTTP API with the IAM authorizer', () => {
  test('knows who signed, and from where', async () => {
    const { status, body } = await post('/act', await signed('/act'))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      body: BODY,
      requestContext: {
        routeKey: 'POST /act',
        http: { method: 'POST', sourceIp: expect.stringMatching(/^203\.0\.113\.\d+$/) },
        authorizer: {
          iam: {
            accessKey: KEYS.alice,
            accountId: '123456789012',
            callerId: expect.stringMatching(/^AIDA/),
            cognitoIdentity: null,
            principalOrgId: null,
            userArn: 'arn:aws:iam::123456789012:user/alice',
            userId: expect.stringMatching(/^AIDA/),
          },
        },
      },
    })
    const role = await post('/act', await signed('/act', { key: KEYS.deploy }))
    expect(role.body).toMatchObject({
      requestContext: {
        authorizer: { iam: { userArn: 'arn:aws:sts::123456789012:assumed-role/deploy/deploy-session' } },
      },
    })
  })

  test('lets in nobody without a right signature', async () => {
    expect(await post('/act', {})).toEqual(forbidden)
    expect(await post('/act', { authorization: 'Bearer token' })).toEqual(forbidden)
    expect(await post('/act', await signed('/act', { secret: 'guessed' }))).toEqual(forbidden)
    expect(await post('/act', await signed('/act', { service: 'ec2' }))).toEqual(forbidden)
    expect(await post('/act', await signed('/open'))).toEqual(forbidden)
    expect(await post('/act', await signed('/act', { at: new Date(Date.now() - 6 * 60_000) }))).toEqual(forbidden)
    expect(await post('/act', await signed('/act'), '{"do":"more"}')).toEqual(forbidden)
    const { 'x-amz-content-sha256': _hash, ...unhashed } = await signed('/act')
    expect(await post('/act', unhashed, '{"do":"more"}')).toEqual(forbidden)
  })

  test('believes no header about who calls, nor from where', async () => {
    const iam = { accessKey: KEYS.root, accountId: '123456789012', userArn: 'arn:aws:iam::123456789012:root' }
    const forged = {
      'x-local-caller': JSON.stringify(iam),
      'x-forwarded-for': '192.0.2.66',
      'user-agent': 'aws-sdk-js/3 app/undo-open-ingress',
    }
    expect(await post('/act', forged)).toEqual(forbidden)
    expect(await post('/act', { ...forged, authorization: 'AWS4-HMAC-SHA256 anything' })).toEqual(forbidden)
    expect(await post('/act', { ...forged, ...(await signed('/act', { service: 'sns' })) })).toEqual(forbidden)
    const honest = await post('/act', await signed('/act'))
    const { status, body } = await post('/act', { ...forged, ...(await signed('/act')) })
    expect(status).toBe(200)
    const address = honest.body.requestContext.http.sourceIp
    expect(body).toMatchObject({
      requestContext: {
        http: { sourceIp: address },
        authorizer: { iam: { accessKey: KEYS.alice, userArn: 'arn:aws:iam::123456789012:user/alice' } },
      },
      headers: { 'x-forwarded-for': `192.0.2.66, ${address}` },
    })
    expect(body.headers).not.toHaveProperty('x-local-caller')
  })

  test('an open route has a caller’s address and no caller', async () => {
    const { status, body } = await post('/open', { 'x-local-caller': '{}', 'x-forwarded-for': '192.0.2.66' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ requestContext: { http: { sourceIp: '203.0.113.1' } } })
    expect(body.requestContext).not.toHaveProperty('authorizer')
    expect(body.headers).not.toHaveProperty('x-local-caller')
  })

  test('a command from Slack comes through it with its signature', async () => {
    const slack = slackOf(cloud.slackUrl)
    const answer = await slack.command({ url: urlOf('/open'), text: 'open ✓ prod' })
    expect(answer.status).toBe(200)
    const { headers, body } = JSON.parse(answer.body) as Echoed
    // A form comes in base64, here as on AWS.
    const heard = { path: '', headers, body: Buffer.from(body, 'base64').toString('utf8') }
    expect(new URLSearchParams(heard.body).get('text')).toBe('open ✓ prod')
    expect(isSigned(heard, 'local-signing-secret')).toBe(true)
  })
})
