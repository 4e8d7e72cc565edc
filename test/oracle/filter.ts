import type { Filter, Tag } from '@aws-sdk/client-ec2'
import { refuse } from './refuse.ts'

type Values = readonly (string | undefined)[] | undefined

/** What a filter looks at, by its name. Of a name that ends with `:`, the rest of it comes second. */
type Lookups<T> = Readonly<Record<string, (one: T, rest: string) => Values>>

/**
 * All filters must hold, and of each any value; `*` and `?` are wildcards, and case counts
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html).
 */
export function filtered<T>(all: readonly T[], filters: readonly Filter[] | undefined, lookups: Lookups<T>): T[] {
  const tests = (filters ?? []).map(({ Name = '', Values = [] }) => {
    const colon = Name.indexOf(':') + 1
    const look = lookups[colon > 0 ? Name.slice(0, colon) : Name]
    if (!look || Values.length === 0) return refuse('InvalidParameterValue', `The filter '${Name}' is invalid`)
    const patterns = Values.map(patternOf)
    return (one: T) =>
      (look(one, Name.slice(colon)) ?? []).some(
        (value) => value !== undefined && patterns.some((pattern) => pattern.test(value)),
      )
  })
  return all.filter((one) => tests.every((holds) => holds(one)))
}

/** `tag:KEY`, `tag-key` and `tag-value`. */
export const tagValues = <T>(tagsOf: (one: T) => readonly Tag[] | undefined): Lookups<T> => ({
  'tag:': (one, key) => tagsOf(one)?.flatMap((tag) => (tag.Key === key ? [tag.Value] : [])),
  'tag-key': (one) => tagsOf(one)?.map((tag) => tag.Key),
  'tag-value': (one) => tagsOf(one)?.map((tag) => tag.Value),
})

function patternOf(value: string): RegExp {
  const text = value.replace(/\\?[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*'
    if (part === '?') return '[\\s\\S]'
    return (part.length > 1 ? part.slice(1) : part).replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&')
  })
  return new RegExp(`^${text}$`)
}
