import { awsCode, errorText, Fault, isDenied } from '#shared/fault.ts'
import type { Mutations } from '#shared/mutations/table.ts'
import type { Call, Step } from '#shared/plan.ts'
import type { MutationPorts, Ports } from '#shared/ports.ts'

/** What came of one call. */
export type Result =
  | { readonly what: 'done'; readonly requestId?: string; readonly created?: readonly string[] }
  | { readonly what: 'already-so'; readonly code: string }
  /** AWS has no room for it, and the plan can do without. */
  | { readonly what: 'forgone'; readonly code: string }
  /** A step that it needs did not come to be. */
  | { readonly what: 'skipped' }
  | { readonly what: 'failed'; readonly fault: Fault }

/** Content that is read when it is due, by its name. */
export type Contents = (name: string) => Promise<unknown>

/**
 * The one place where the world changes. Makes a call out of the closed table in `mutations/`, and only if the response
 * has declared it; whatever else a plan may hold is refused. Never throws for what AWS answers: the answer is the result.
 */
export async function execute(call: Call, powers: readonly (keyof Mutations)[], ports: Ports): Promise<Result> {
  const row: MutationPorts[keyof MutationPorts] = powers.includes(call.call) ? ports.mutations[call.call] : undefined
  if (!row)
    return {
      what: 'failed',
      fault: new Fault(
        'power-missing',
        `Expected one of the declared powers (${powers.join(', ')}); the plan holds ${call.call}.`,
      ),
    }
  try {
    const output = await (row.send as (input: object) => Promise<Answer>)(call.input)
    const requestId = output.$metadata?.requestId
    const created = (row.created as ((output: Answer) => readonly string[]) | undefined)?.(output)
    return { what: 'done', ...(requestId ? { requestId } : {}), ...(created?.length ? { created } : {}) }
  } catch (error) {
    if (row.alreadySo.includes(awsCode(error))) return { what: 'already-so', code: awsCode(error) }
    if (row.forgoes?.includes(awsCode(error))) return { what: 'forgone', code: awsCode(error) }
    const code = isDenied(error) ? 'step-denied' : 'step-failed'
    return {
      what: 'failed',
      fault: new Fault(code, `${call.call} was expected to succeed; AWS answered ${errorText(error)}`, error),
    }
  }
}

/** Takes the steps of a plan side by side, but for those that come after others or need what these create. */
export function executeAll(
  steps: readonly Step[],
  powers: readonly (keyof Mutations)[],
  ports: Ports,
  contents: Contents = unknownContent,
): Promise<Result[]> {
  const begun = new Map<string, Promise<Result>>()
  const take = async (step: Step): Promise<Result> => {
    const needed = (step.needs ?? []).map((id) => begun.get(id))
    await Promise.all([...(step.after ?? []).map((id) => begun.get(id)), ...needed])
    const made = new Map<string, string | undefined>()
    for (const [i, one] of (await Promise.all(needed)).entries()) {
      // Where AWS says that it is so already, nothing tells the id: the next look finds it.
      if (one?.what !== 'done' && !(one?.what === 'already-so' && !wants(step.does.input, step.needs![i]!)))
        return { what: 'skipped' }
      made.set(step.needs![i]!, one.what === 'done' ? one.created?.[0] : undefined)
    }
    let does: Call
    try {
      does = { call: step.does.call, input: await filled(step.does.input, made, contents) } as Call
    } catch (error) {
      const sentence = `Expected what "${step.title}" needs to be at hand: ${errorText(error)}`
      return { what: 'failed', fault: error instanceof Fault ? error : new Fault('read-failed', sentence, error) }
    }
    return execute(does, powers, ports)
  }
  // All are known before the first is taken: a step may need one that stands behind it in the plan.
  for (const step of steps) begun.set(step.id, Promise.resolve(step).then(take))
  return Promise.all(steps.map((step) => begun.get(step.id)!))
}

const wants = (input: object, step: string): boolean => JSON.stringify(input).includes(`{"madeBy":"${step}"}`)

/** The input with ids and contents in their places. */
async function filled(
  value: unknown,
  made: ReadonlyMap<string, string | undefined>,
  contents: Contents,
): Promise<unknown> {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date) return value
  if (Array.isArray(value)) return Promise.all(value.map((one) => filled(one, made, contents)))
  if ('madeBy' in value) {
    const id = made.get(String(value.madeBy))
    if (id === undefined) throw new Fault('step-failed', 'Expected AWS to answer with the id of what it has created.')
    return id
  }
  if ('content' in value) return contents(String(value.content))
  const entries = Object.entries(value).map(
    async ([name, inner]) => [name, await filled(inner, made, contents)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

const unknownContent: Contents = (name) => Promise.reject(new Error(`nothing is known as ${name}`))

interface Answer {
  readonly $metadata?: { readonly requestId?: string }
}
