import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { tableOf } from './table.ts'

/** The ledger's page of the doctor, and all that its role lets it write: `deploy/doctor-role.ts` names it too. */
export const DOCTORS_PAGE = 'doctor'

/** Which findings were told already. */
export interface Memory {
  recall(): Promise<readonly string[]>
  keep(names: readonly string[]): Promise<void>
}

/** What the doctor told last, kept on a page of the ledger of its own. */
export function doctorMemory(table: string, client: DynamoDBClient): Memory {
  const { put, query, write } = tableOf(table, client)
  return {
    async recall() {
      const [item] = await query({ key: 'pk = :pk', values: { ':pk': DOCTORS_PAGE } })
      return (item?.told as readonly string[] | undefined) ?? []
    },
    keep: (names) => write([put({ pk: DOCTORS_PAGE, sk: 'told', told: names })]),
  }
}
