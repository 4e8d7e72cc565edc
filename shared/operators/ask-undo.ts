import * as z from 'zod/mini'
import { Fault } from '#shared/fault.ts'
import type { Ports } from '#shared/ports.ts'
import type { Person } from '#shared/story.ts'
import { storyOf } from '#shared/story-of.ts'
import { UndoRequest } from '#shared/undo-request.ts'
import { run } from './invoke.ts'

/** What a person says of an undo; the rest of the request is known from elsewhere. */
const Body = z.omit(UndoRequest, { incident: true, by: true })

/**
 * Has an incident undone. What is wrong with the request is found here: an undo that was never begun is no failed one, and
 * rings no alarm.
 */
export async function askUndo(
  incident: string,
  body: unknown,
  by: Person,
  ports: Ports,
  undoer = 'undo-open-ingress',
): Promise<unknown> {
  const read = Body.safeParse(body)
  if (!read.success) {
    const wrong = read.error.issues.map((issue) => `${issue.path.join('.') || 'the body'}: ${issue.message}`)
    throw new Fault(
      'input-invalid',
      `Expected {reason, chain?, force?, seconds?}; got something else in ${wrong.join('; ')}.`,
    )
  }
  await storyOf(incident, ports)
  return run(undoer, { ...read.data, incident, by }, ports)
}
