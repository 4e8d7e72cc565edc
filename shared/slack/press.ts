import * as z from 'zod/mini'

const Id = z.string().check(z.regex(/^[0-9A-Z]{26}$/))

/** What a button says: it goes out with a message and comes back with the press, so it is checked like anybody's input. */
export const Press = z.discriminatedUnion('what', [
  z.strictObject({
    what: z.enum(['approve', 'decline']),
    incident: Id,
    plan: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
    to: z.optional(z.string()),
  }),
  z.strictObject({
    what: z.enum(['undo', 'release']),
    incident: Id,
    chain: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
    to: z.optional(z.string()),
  }),
  z.strictObject({
    what: z.enum(['disarm', 'arm']),
    response: z.string().check(z.maxLength(40)),
    to: z.optional(z.string()),
  }),
  z.strictObject({ what: z.enum(['extend', 'close']), box: Id, to: z.optional(z.string()) }),
])
/** `to`: Slack's address for a late answer to whoever pressed. */
export type Press = z.infer<typeof Press>

/** What is handed on to be carried out, once Slack has vouched for who pressed. */
export const Pressed = z.strictObject({
  portcullis: z.literal('pressed'),
  /** The Slack user. */
  user: z.string(),
  press: Press,
  reason: z.string(),
})
export type Pressed = z.infer<typeof Pressed>

/** What a button's value says; null where it is none of ours. */
export function readPress(value: string | undefined): Press | null {
  try {
    const read = Press.safeParse(JSON.parse(value ?? ''))
    return read.success ? read.data : null
  } catch {
    return null
  }
}
