import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVpcsCommand,
  EC2Client,
  type IpPermission,
} from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Cloud, startCloud } from '#local/cloud.ts'
import type { TrailRecord } from '#local/cloudtrail.ts'
import { type Control, controlOf } from '#local/control.ts'
import { KEYS } from '#local/principals.ts'

/** What the tests of the local cloud share: a cloud of their own, an EC2 client, groups and their rules. */

export const run = promisify(execFile)
export const WORLD: IpPermission = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }

export let cloud: Cloud
export let control: Control
export let ec2: EC2Client
let vpc: string
let groups = 0

/** Starts a cloud for this file's tests, and turns every switch off before each of them. */
export function useLocalCloud(): void {
  beforeAll(async () => {
    cloud = await startCloud({ retryDelaySeconds: 0.2 })
    control = controlOf(cloud.url)
    ec2 = new EC2Client(as(KEYS.alice))
    vpc = (await ec2.send(new DescribeVpcsCommand({}))).Vpcs![0]!.VpcId!
  }, 60_000)

  afterAll(() => cloud?.stop())

  beforeEach(() => control.reset())
}

export function as(accessKeyId: string, app?: string) {
  const credentials = { accessKeyId, secretAccessKey: 'local' }
  const named = app === undefined ? {} : { userAgentAppId: app }
  return { endpoint: cloud.url, region: cloud.region, credentials, maxAttempts: 1, ...named }
}

export async function newGroup(): Promise<string> {
  const name = { GroupName: `group-${++groups}`, Description: 'a test', VpcId: vpc }
  return (await ec2.send(new CreateSecurityGroupCommand(name))).GroupId!
}

export async function newList(cidrs: readonly string[], MaxEntries = 10): Promise<string> {
  const list = { PrefixListName: `list-${++groups}`, AddressFamily: 'IPv4', MaxEntries }
  const Entries = cidrs.map((Cidr) => ({ Cidr }))
  return (await ec2.send(new CreateManagedPrefixListCommand({ ...list, Entries }))).PrefixList!.PrefixListId!
}

export async function open(group: string, ...permissions: IpPermission[]): Promise<string[]> {
  const IpPermissions = permissions.length > 0 ? permissions : [WORLD]
  const answer = await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions }))
  return answer.SecurityGroupRules!.map((rule) => rule.SecurityGroupRuleId!)
}

export async function ingress(group: string) {
  return (await rulesOf(group)).filter((rule) => !rule.IsEgress)
}

/** The group's rules in both directions. */
export async function rulesOf(group: string) {
  const Filters = [{ Name: 'group-id', Values: [group] }]
  return (await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }))).SecurityGroupRules!
}

/** The last record of that name, once it is on the bus. */
export async function record(name: string): Promise<TrailRecord> {
  return eventually(async () => {
    const records = (await control.events()).map(({ event }) => event.detail as TrailRecord)
    return records.findLast(({ eventName }) => eventName === name)
  })
}

export async function eventually<T>(look: () => Promise<T | undefined | false>, ms = 5000): Promise<T> {
  for (const until = Date.now() + ms; ; await sleep(20)) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() > until) throw new Error(`Expected it within ${ms} ms: ${look}`)
  }
}

/** The header's form; neither emulator looks at the signature. */
export function signedAs(key: string, service: string): string {
  return `AWS4-HMAC-SHA256 Credential=${key}/20260101/${cloud.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`
}

export async function json(service: string, target: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(cloud.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      authorization: signedAs(KEYS.deploy, service),
    },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, unknown>
}
