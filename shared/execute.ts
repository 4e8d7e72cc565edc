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
  | { readonly what: 'failed'; readonly fault: Fault }

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
    const created = output.SecurityGroupRules?.flatMap((rule) => rule.SecurityGroupRuleId ?? [])
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

/** Takes the steps of a plan side by side, but for those that come after others. */
export function executeAll(
  steps: readonly Step[],
  powers: readonly (keyof Mutations)[],
  ports: Ports,
): Promise<Result[]> {
  const begun = new Map<string, Promise<Result>>()
  for (const step of steps) {
    const before = Promise.all((step.after ?? []).map((id) => begun.get(id)))
    begun.set(
      step.id,
      step.after?.length ? before.then(() => execute(step.does, powers, ports)) : execute(step.does, powers, ports),
    )
  }
  return Promise.all(steps.map((step) => begun.get(step.id)!))
}

interface Answer {
  readonly $metadata?: { readonly requestId?: string }
  readonly SecurityGroupRules?: readonly { readonly SecurityGroupRuleId?: string }[]
}
