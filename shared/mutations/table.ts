import type { ec2Mutations } from './ec2.ts'
import type { snsMutations } from './sns.ts'

/** Every call that can change anything outside the ledger. This table is the security boundary: review what is added. */
type Table = typeof ec2Mutations & typeof snsMutations

/** The inputs and outputs of the table's calls. */
export type Mutations = {
  readonly [N in keyof Table]: {
    readonly input: Parameters<Table[N]['send']>[0]
    readonly output: Awaited<ReturnType<Table[N]['send']>>
  }
}

/** One row: how to make the call, what it needs, and which of AWS's answers mean that the world is already so. */
export interface Mutation<Input, Output> {
  readonly send: (input: Input) => Promise<Output>
  /** ARNs of what it may touch, with `${AWS::…}` pseudo parameters; the rights of a function are made of these. */
  readonly resources: readonly string[]
  /** Error codes by which AWS says that there is nothing left to do. */
  readonly alreadySo: readonly string[]
  /** In words, for the table of powers. */
  readonly does: string
}

/** States a row, keeping its exact types. */
export const mutation = <Input, Output>(row: Mutation<Input, Output>): Mutation<Input, Output> => row
