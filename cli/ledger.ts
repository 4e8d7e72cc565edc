import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import { Fault } from '#shared/fault.ts'
import type { Ledger } from '#shared/ledger.ts'
import { asked } from './aws.ts'

/** Which deployment a command speaks to. */
export interface Deployment {
  readonly stage: string
  readonly region?: string
}

/** What every command on a deployment may be told. */
export interface Asked extends Deployment {
  readonly json?: boolean
}

/** The AWS SDK's region and credentials, unless the command says otherwise. */
export function clientOptions({ region }: Deployment): { readonly region?: string } {
  // The CLI of AWS reads this variable, and the SDK does not.
  const chosen = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION
  return chosen ? { region: chosen } : {}
}

/** Reads a deployment's ledger with the caller's own rights. */
export function readLedger<T>(deployment: Deployment, read: (ledger: Ledger) => Promise<T>): Promise<T> {
  const table = `portcullis-ledger-${deployment.stage}`
  const question = {
    expected: `to read the ledger of stage ${deployment.stage} (table ${table} of AWS DynamoDB)`,
    denied: 'read-denied',
    failed: 'ledger-unreachable',
  } as const
  return asked(question, () => read(ledgerOf(deployment, table)))
}

const ledgerOf = (deployment: Deployment, table: string): Ledger =>
  dynamodbLedger({
    table,
    client: new DynamoDBClient(clientOptions(deployment)),
    newId: () => {
      throw new Fault('power-missing', 'Expected the command to only read the ledger; it tried to write.')
    },
  })
