import type { ContinuousBackupsDescription, TableDescription } from '@aws-sdk/client-dynamodb'
import { bad, type Check, ok } from '#shared/doctor/check.ts'
import { type DoctorOutside, tableName } from '#shared/doctor/outside.ts'

const NAME = 'table'

/** Whether the ledger can neither be deleted nor lost: it is the evidence, and the only way to undo. */
export async function table({ aws, stage }: DoctorOutside): Promise<Check> {
  const TableName = tableName(stage)
  const [described, backups] = await Promise.all([
    aws['dynamodb:DescribeTable']({ TableName }),
    aws['dynamodb:DescribeContinuousBackups']({ TableName }),
  ])
  return judgeTable(described.Table ?? {}, backups.ContinuousBackupsDescription ?? {})
}

/** Judges the table's protection, its backups and its key. */
export function judgeTable(
  { DeletionProtectionEnabled, SSEDescription, TableStatus }: TableDescription,
  { PointInTimeRecoveryDescription }: Partial<ContinuousBackupsDescription>,
): Check {
  const wrong = [
    ...(DeletionProtectionEnabled ? [] : ['it is not protected against deletion']),
    ...(PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED'
      ? []
      : ['its point-in-time recovery is off']),
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
    ...(TableStatus === 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' || SSEDescription?.InaccessibleEncryptionDateTime
      ? ['DynamoDB cannot use its key']
      : []),
  ]
  if (wrong.length > 0)
    return bad(
      NAME,
      `Of the ledger: ${wrong.join('; ')}.`,
      'Deploy again; where the ledger was adopted from an earlier stack, set it on the table by hand.',
    )
  // DynamoDB encrypts every table; without a description it does so under a key of its own.
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
  const key = SSEDescription?.KMSMasterKeyArn ?? "DynamoDB's own key"
  return ok(
    NAME,
    `The ledger is protected against deletion, can be restored to any point in time, and lies under ${key}.`,
  )
}
