import { LineCounter, parseDocument } from 'yaml'
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
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        line: lineAt(error.pos[0]),
        at: '',
        value: undefined,
        problem: `not YAML: ${error.message.split('\n')[0]}`,
      })),
    }
  }
  const result = PolicySchema.safeParse(document.toJS({ maxAliasCount: 100 }))
  if (result.success) return { policy: result.data }
  const problems = result.error.issues.map((issue) => {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path
    const value = document.getIn(path)
    return {
      line: lineAt(nearestOffset(document, path)),
      at: path.join('.'),
      value: value === undefined ? undefined : JSON.stringify(value),
      problem: issue.code === 'unrecognized_keys' ? 'there is no such setting' : issue.message,
    }
  })
  return { problems }
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
