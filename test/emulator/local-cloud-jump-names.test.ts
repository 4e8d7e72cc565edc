import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53'
import { GetParameterCommand, GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { beforeAll, describe, expect, test } from 'vitest'
import { broken, throttled } from '#local/fault-forms.ts'
import { KEYS } from '#local/principals.ts'
import { as, control, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

const DOMAIN = 'jump.example.com'
let dns: Route53Client
let zone: string
let boxes = 0

beforeAll(async () => {
  dns = new Route53Client(as(KEYS.alice))
  const asked = new CreateHostedZoneCommand({ Name: DOMAIN, CallerReference: 'once' })
  zone = (await dns.send(asked)).HostedZone!.Id!.replace('/hostedzone/', '')
})

type Kind = 'A' | 'AAAA'
const nameOf = () => `box-${++boxes}.${DOMAIN}`
const changeOf = (Action: Change['Action'], Name: string, Type: Kind, Value: string, TTL = 60): Change => ({
  Action,
  ResourceRecordSet: { Name, Type, TTL, ResourceRecords: [{ Value }] },
})
const change = (...Changes: Change[]) =>
  dns.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes } }))
async function recordsOf(name: string): Promise<string[]> {
  const asked = new ListResourceRecordSetsCommand({ HostedZoneId: zone, StartRecordName: name, MaxItems: 10 })
  const { ResourceRecordSets } = await dns.send(asked)
  return ResourceRecordSets!
    .filter((one) => one.Name === `${name}.`)
    .map((one) => `${one.Type} ${one.TTL} ${one.ResourceRecords!.map(({ Value }) => Value).join()}`)
}
const [four, other, six] = ['203.0.113.7', '203.0.113.8', '2001:db8::7']

describe('a name', () => {
  test('is given, changed and taken away again', async () => {
    const name = nameOf()
    await change(changeOf('CREATE', name, 'A', four), changeOf('CREATE', name, 'AAAA', six))
    expect(await recordsOf(name)).toEqual([`A 60 ${four}`, `AAAA 60 ${six}`])
    await change(changeOf('UPSERT', name, 'A', other))
    await change(changeOf('UPSERT', name, 'A', other))
    expect(await recordsOf(name)).toEqual([`A 60 ${other}`, `AAAA 60 ${six}`])
    await change(changeOf('DELETE', name, 'A', other), changeOf('DELETE', name, 'AAAA', six))
    expect(await recordsOf(name)).toEqual([])
    await change(changeOf('CREATE', name, 'A', four))
    expect(await recordsOf(name)).toEqual([`A 60 ${four}`])
  })

  test.each([
    ['that is taken', (name: string) => changeOf('CREATE', name, 'A', other), 'already exists'],
    ['with the value of before', (name: string) => changeOf('DELETE', name, 'A', other), 'do not match'],
    ['with another time to live', (name: string) => changeOf('DELETE', name, 'A', four, 61), 'do not match'],
    ['that is not there', (name: string) => changeOf('DELETE', name, 'AAAA', six), 'was not found'],
    ['of another zone', () => changeOf('UPSERT', 'a.example.org', 'A', four), 'is not permitted in zone'],
    ['of no address', (name: string) => changeOf('UPSERT', name, 'A', six), 'not a valid IPv4 address'],
  ])('%s is refused, with the whole batch', async (_what, refused, message) => {
    const [name, beside] = [nameOf(), nameOf()]
    await change(changeOf('CREATE', name, 'A', other))
    await change(changeOf('UPSERT', name, 'A', four))
    await expect(change(changeOf('CREATE', beside, 'A', four), refused(name))).rejects.toMatchObject({
      name: 'InvalidChangeBatch',
      message: expect.stringContaining(message),
    })
    expect([...(await recordsOf(name)), ...(await recordsOf(beside))]).toEqual([`A 60 ${four}`])
  })
})

test('calls to Route 53 are named by the rights that they need, and fail in its words', async () => {
  const [name, HostedZoneId] = [nameOf(), zone]
  await change(changeOf('UPSERT', name, 'A', four))
  await recordsOf(name)
  await dns.send(new GetHostedZoneCommand({ Id: HostedZoneId }))
  const missing = new ListResourceRecordSetsCommand({ HostedZoneId: 'ZNONE' })
  await expect(dns.send(missing)).rejects.toMatchObject({ name: 'NoSuchHostedZone' })
  expect((await control.calls()).map(({ actions, resources }) => [...actions, ...resources])).toEqual([
    ['route53:ChangeResourceRecordSets', zone],
    ['route53:ListResourceRecordSets', zone],
    ['route53:GetHostedZone', zone],
    ['route53:ListResourceRecordSets', 'ZNONE'],
  ])
  await control.break(throttled('route53:ChangeResourceRecordSets', { times: 1 }))
  await expect(change(changeOf('UPSERT', name, 'A', other))).rejects.toMatchObject({ name: 'Throttling' })
  await control.deny('route53:ChangeResourceRecordSets')
  await expect(change(changeOf('UPSERT', name, 'A', other))).rejects.toMatchObject({ name: 'AccessDenied' })
  await control.break(broken('route53:ListResourceRecordSets', { times: 1 }))
  await expect(recordsOf(name)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } })
  expect(await recordsOf(name)).toEqual([`A 60 ${four}`])
})

test('a secret parameter is kept and read, with its rights logged', async () => {
  const ssm = new SSMClient(as(KEYS.alice))
  const Name = '/portcullis/test/slack'
  await ssm.send(new PutParameterCommand({ Name, Value: 'secret', Type: 'SecureString' }))
  const one = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))
  expect(one.Parameter).toMatchObject({ Name, Type: 'SecureString', Value: 'secret', Version: 1 })
  expect((await ssm.send(new GetParameterCommand({ Name }))).Parameter!.Value).not.toBe('secret')
  const Names = [Name, '/portcullis/test/none']
  const several = await ssm.send(new GetParametersCommand({ Names, WithDecryption: true }))
  expect(several).toMatchObject({ Parameters: [{ Name, Value: 'secret' }], InvalidParameters: [Names[1]] })
  const missing = ssm.send(new GetParameterCommand({ Name: Names[1]!, WithDecryption: true }))
  await expect(missing).rejects.toMatchObject({ name: 'ParameterNotFound' })
  expect((await control.calls()).map(({ actions, resources }) => [...actions, ...resources])).toEqual([
    ['ssm:PutParameter', Name],
    ['ssm:GetParameter', Name],
    ['ssm:GetParameter', Name],
    ['ssm:GetParameters', ...Names],
    ['ssm:GetParameter', Names[1]],
  ])
})
