import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import { Fault } from '#shared/fault.ts'
import type { Ledger } from '#shared/ledger.ts'

/** Which deployment a command speaks to. */
export interface Deployment {
  readonly stage: string
  readonly region?: string
}

/** The AWS SDK's region and credentials, unless the command says otherwise. */
export function clientOptions({ region }: Deployment): { readonly region?: string } {
  // The CLI of AWS reads this variable, and the SDK does not.
  const chosen = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION
  return chosen ? { region: chosen } : {}
}

/** A deployment's ledger, to be read with the caller's own rights. */
export const ledgerOf = (deployment: Deployment): Ledger =>
  dynamodbLedger({
    table: `portcullis-ledger-${deployment.stage}`,
    client: new DynamoDBClient(clientOptions(deployment)),
    newId: () => {
      throw new Fault('power-missing', 'Expected the command to only read the ledger; it tried to write.')
    },
  })
