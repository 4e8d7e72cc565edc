import { askPowers } from '#shared/aws/ask-powers.ts'
import { doctorMemory } from '#shared/aws/doctor-memory.ts'
import { dateOfAnAnswer, doctorReads } from '#shared/aws/doctor-reads.ts'
import { dynamodb } from '#shared/aws/dynamodb-ledger.ts'
import { tableName } from '#shared/doctor/outside.ts'
import { responders, responses } from '#shared/doctor/responders.ts'
import { visit } from '#shared/doctor/visit.ts'
import { entry } from '#shared/entry.ts'
import { snsMutations } from '#shared/mutations/sns.ts'

/** A tick, or a person: looks whether Portcullis hears, can act and is heard, and says what is wrong. */
export const handler = entry(
  { reads: {}, mutations: snsMutations },
  visit({
    aws: doctorReads,
    awsTime: dateOfAnAnswer,
    askPowers,
    responders,
    responses,
    deadLetters: (process.env.DEAD_LETTERS ?? '').split(',').filter((url) => url !== ''),
    memory: ({ stage }) => doctorMemory(tableName(stage), dynamodb()),
  }),
)
