import * as z from 'zod/mini'
import { LONGEST_GRACE } from '#shared/kit/longest-grace.ts'

/** Why somebody asks for something, in their own words. */
export const Reason = z.string().check(z.minLength(3), z.maxLength(500))

/** What the undo function is asked. */
export const UndoRequest = z.strictObject({
  incident: z.string().check(z.regex(/^[0-9A-Z]{26}$/)),
  reason: Reason,
  /** Who asks, and from where, as the operators' API knows it. */
  by: z.strictObject({ name: z.string().check(z.minLength(1), z.maxLength(200)), from: z.optional(z.string()) }),
  /** The digest that stood in the notice: the story must still hold it. */
  chain: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  force: z.optional(z.boolean()),
  /** How long the door is left alone afterwards, in seconds: at most 7 days. */
  seconds: z.optional(z.number().check(z.int(), z.gte(60), z.lte(LONGEST_GRACE))),
})
export type UndoRequest = z.infer<typeof UndoRequest>
