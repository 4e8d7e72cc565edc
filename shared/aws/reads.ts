import type { defenceReads } from './defences.ts'
import type { ec2Reads } from './ec2.ts'
import type { evidenceReads } from './evidence.ts'
import type { hostReads } from './hosts.ts'
import type { jumpReads } from './jumps.ts'

/** Everything that a response may ask of AWS, by the IAM action that allows it. A function is given what it declares. */
export type Reads = typeof ec2Reads & typeof defenceReads & typeof hostReads & typeof evidenceReads & typeof jumpReads

/** The reads of these names and no others: what a function is given. */
export const pickReads = <T extends object>(reads: T, names: readonly (keyof Reads)[]): Partial<T> =>
  Object.fromEntries(Object.entries(reads).filter(([name]) => names.some((one) => one === name))) as Partial<T>
