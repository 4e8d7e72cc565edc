import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateSecurityGroupCommand, EC2Client } from '@aws-sdk/client-ec2'
import { LambdaClient } from '@aws-sdk/client-lambda'
import type { Cloud } from '#local/cloud.ts'
import { type Control, controlOf } from '#local/control.ts'
import type { Screen } from '#local/demo/screen.ts'
import type { Witness } from '#local/demo/witness.ts'
import { KEYS } from '#local/principals.ts'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import type { Ledger } from '#shared/ledger.ts'

/** The stage that the demo deploys. */
export const STAGE = 'demo'
export const LEDGER = `portcullis-ledger-${STAGE}`

/** One line of the table at the end. */
export interface Row {
  readonly door: string
  /** From the front door's record of the call to the witness's first look without the rule; null while it is open. */
  readonly closedMs: number | null
  readonly verdict: string
}

/** Everything and everyone that an act needs. */
export interface Cast {
  readonly cloud: Cloud
  readonly control: Control
  readonly witness: Witness
  readonly screen: Screen
  readonly ledger: Ledger
  readonly dynamodb: DynamoDBClient
  readonly lambda: LambdaClient
  /** EC2, as the holder of an access key. */
  ec2(key: string): EC2Client
  /** A new security group without inbound rules; gives its id. */
  newGroup(name: string): Promise<string>
  readonly rows: Row[]
}

/** Brings everyone together on a running cloud. */
export function castOf(cloud: Cloud, witness: Witness, screen: Screen): Cast {
  const as = (accessKeyId: string) => ({
    endpoint: cloud.url,
    region: cloud.region,
    credentials: { accessKeyId, secretAccessKey: 'local' },
  })
  const dynamodb = new DynamoDBClient(as(KEYS.deploy))
  const clients = new Map<string, EC2Client>()
  const ec2 = (key: string): EC2Client => {
    const client = clients.get(key) ?? new EC2Client(as(key))
    clients.set(key, client)
    return client
  }
  return {
    cloud,
    control: controlOf(cloud.url),
    witness,
    screen,
    ec2,
    dynamodb,
    lambda: new LambdaClient(as(KEYS.deploy)),
    ledger: dynamodbLedger({
      table: LEDGER,
      client: dynamodb,
      newId: () => {
        throw new Error('Expected the demo to only read the ledger; it tried to write.')
      },
    }),
    async newGroup(name) {
      const group = { GroupName: `demo-${name}`, Description: 'A group of the demo' }
      return (await ec2(KEYS.deploy).send(new CreateSecurityGroupCommand(group))).GroupId!
    },
    rows: [],
  }
}
