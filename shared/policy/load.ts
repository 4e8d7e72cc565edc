import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { Fault } from '#shared/fault.ts'
import { type Policy, PolicySchema } from './schema.ts'

/** One thing that is wrong with a policy file. `line` counts from 1. */
export interface PolicyProblem {
  readonly line: number
  /** Where in the document: `open-ingress.rules.0.mode`. */
  readonly at: string
  /** The value found there, as JSON; undefined where it is missing. */
  readonly value: string | undefined
  readonly problem: string
}

/** Reads a policy: either the policy, or all that is wrong with the text. */
export function readPolicy(text: string): { policy: Policy } | { problems: readonly PolicyProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line
  const notYaml = (error: Error, offset?: number): PolicyProblem => ({
    line: lineAt(offset),
    at: '',
    value: undefined,
    problem: `not YAML: ${error.message.split('\n')[0]}`,
  })
  if (document.errors.length > 0) return { problems: document.errors.map((error) => notYaml(error, error.pos[0])) }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    // References to nothing, or to themselves, are found only when they are followed.
    return { problems: [notYaml(error as Error)] }
  }
  const result = PolicySchema.safeParse(value)
  if (result.success) return { policy: result.data }
  const problem = (path: readonly PropertyKey[], problem: string, offset = nearestOffset(document, path)) => {
    const value = document.getIn(path)
    return {
      line: lineAt(offset),
      at: path.join('.'),
      value: value === undefined ? undefined : JSON.stringify(value),
      problem,
    }
  }
  const problems = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) =>
          problem([...issue.path, key], 'there is no such setting', keyOffset(document, issue.path, key)),
        )
      : [problem(issue.path, issue.message)],
  )
  return { problems }
}

/** Where a key itself stands: its value may begin lines below. */
function keyOffset(
  document: ReturnType<typeof parseDocument>,
  path: readonly PropertyKey[],
  key: string,
): number | undefined {
  const map = path.length === 0 ? document.contents : document.getIn(path, true)
  if (!isMap(map)) return undefined
  const found = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)
  return isScalar(found?.key) ? found.key.range?.[0] : undefined
}

/** Reads a policy that must be good. Throws a Fault that names every problem with its line. */
export function loadPolicy(text: string, file: string): Policy {
  const read = readPolicy(text)
  if ('policy' in read) return read.policy
  throw new Fault('policy-invalid', read.problems.map((problem) => problemText(file, problem)).join('\n'))
}

/** `portcullis.yml:7: open-ingress.rules.0.mode is "on": expected watch or act` */
export const problemText = (file: string, { line, at, value, problem }: PolicyProblem): string =>
  `${file}:${line}: ${at === '' ? 'the file' : at}${value === undefined ? '' : ` is ${value}`}: ${problem}`

/** The offset of the node at the path, or of the nearest one above it that exists. */
function nearestOffset(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined
    if (node?.range) return node.range[0]
  }
  return document.contents?.range?.[0]
}
