import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  AssociateSubnetCidrBlockCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeVpcsCommand,
  EC2Client,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2'
import { CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import type { Cloud } from '#local/cloud.ts'
import { KEYS, SECRET } from '#local/principals.ts'

/** What a zone for jump boxes needs: where they are, what they reach, what they join, and a domain. */
export interface JumpEstate {
  readonly vpc: string
  readonly subnet: string
  readonly targets: string
  readonly joins: string
  readonly dns: string
}

/** Makes a network with a zone for jump boxes in it, and puts the secrets of the local Slack where the stage looks for them. */
export async function jumpEstate({ url, region }: Pick<Cloud, 'url' | 'region'>, stage: string): Promise<JumpEstate> {
  const options = { endpoint: url, region, credentials: { accessKeyId: KEYS.deploy, secretAccessKey: SECRET } }
  const ec2 = new EC2Client(options)
  const made = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.77.0.0/16', AmazonProvidedIpv6CidrBlock: true }))
  const vpc = made.Vpc!.VpcId!
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpc] }))
  const block = Vpcs![0]!.Ipv6CidrBlockAssociationSet![0]!.Ipv6CidrBlock!
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.77.1.0/24' }))
  const subnet = Subnet!.SubnetId!
  const Ipv6CidrBlock = block.replace(/\/56$/, '/64')
  await ec2.send(new AssociateSubnetCidrBlockCommand({ SubnetId: subnet, Ipv6CidrBlock }))
  const [targets, joins] = await Promise.all(
    ['servers', 'from-jump-boxes'].map(async (GroupName) => {
      const group = await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: vpc }))
      return group.GroupId!
    }),
  )
  // A group that is only joined has no rules.
  for (const range of [{ IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, { Ipv6Ranges: [{ CidrIpv6: '::/0' }] }])
    await ec2
      .send(new RevokeSecurityGroupEgressCommand({ GroupId: joins!, IpPermissions: [{ IpProtocol: '-1', ...range }] }))
      .catch((error: Error) => {
        if (error.name !== 'InvalidPermission.NotFound') throw error
      })
  const zone = new CreateHostedZoneCommand({ Name: 'jump.example.com', CallerReference: `${stage}-${Date.now()}` })
  const dns = (await new Route53Client(options).send(zone)).HostedZone!.Id!.split('/').at(-1)!
  await slackSecrets(options, stage)
  return { vpc, subnet, targets: targets!, joins: joins!, dns }
}

/** As the operator puts them there: each by itself in a SecureString, a line for each that is good. */
async function slackSecrets(options: object, stage: string): Promise<void> {
  const ssm = new SSMClient(options)
  const secrets = { 'signing-secret': 'local-signing-secret', 'bot-token': 'xoxb-local-bot' }
  for (const [name, Value] of Object.entries(secrets))
    await ssm.send(
      new PutParameterCommand({
        Name: `/portcullis/${stage}/slack/${name}`,
        Type: 'SecureString',
        Overwrite: true,
        Value,
      }),
    )
}

/** What a policy is written with that can't know what its estate will be called. */
const STAND_INS: Readonly<Record<keyof JumpEstate, string>> = {
  vpc: 'vpc-0aaaaaaaaaaaaaaaa',
  subnet: 'subnet-0aaaaaaaaaaaaaaaa',
  targets: 'sg-0aaaaaaaaaaaaaaaa',
  joins: 'sg-0bbbbbbbbbbbbbbbb',
  dns: 'Z0AAAAAAAAAAAAAAAAAAA',
}

/** Writes a policy with the estate's own ids in place of the stand-ins, and answers with the file's name. */
export function policyFor(estate: JumpEstate, template: string, file: string): string {
  let text = readFileSync(template, 'utf8')
  for (const name of Object.keys(STAND_INS) as (keyof JumpEstate)[])
    text = text.replaceAll(STAND_INS[name], estate[name])
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}
