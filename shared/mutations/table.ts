import type { everyMutation } from './every.ts'

type Table = typeof everyMutation

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
  /** A condition of IAM that bounds it further. */
  readonly condition?: object
  /** Error codes by which AWS says that there is nothing left to do. */
  readonly alreadySo: readonly string[]
  /** Error codes by which AWS says that there is no room, where a plan can do without the call. */
  readonly forgoes?: readonly string[]
  /** The ids of what the call has made, for steps that need them and for the undo. */
  readonly created?: (output: Output) => readonly string[]
  /** In words, for the table of powers. */
  readonly does: string
}

/** All things of these kinds of EC2, in this account and region. */
export const inEc2 = (...kinds: readonly string[]): string[] =>
  kinds.map((kind) => `arn:\${AWS::Partition}:ec2:\${AWS::Region}:\${AWS::AccountId}:${kind}/*`)

/** States a row, keeping its exact types. */
export const mutation = <Input, Output>(row: Mutation<Input, Output>): Mutation<Input, Output> => row

/** The rows of these names and no others: what a function is given. */
export const pick = <T extends object>(table: T, names: readonly (keyof Mutations)[]): Partial<T> =>
  Object.fromEntries(Object.entries(table).filter(([name]) => names.some((one) => one === name))) as Partial<T>
