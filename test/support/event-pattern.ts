/**
 * EventBridge's patterns as they are documented, as far as ours use them; what is not known here throws, and is never
 * taken for a match. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */

/** Whether the event matches. In an array of objects, one element has to match the whole of what is said below it. */
export function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((one) => fits(one, event))
  if (pattern === null || typeof pattern !== 'object') throw new Error(`expected lists in a pattern, got ${pattern}`)
  if (Array.isArray(event)) return event.some((one) => matches(pattern, one))
  const inner = event !== null && typeof event === 'object' ? (event as Record<string, unknown>) : {}
  return Object.entries(pattern).every(([name, more]) => {
    if (name.startsWith('$')) throw new Error(`expected the name of a field, got ${name}`)
    return matches(more, Object.hasOwn(inner, name) ? inner[name] : undefined)
  })
}

/** One of the alternatives for a field. A field that is a list fits where one of its values does. */
function fits(one: unknown, value: unknown): boolean {
  if (one !== null && typeof one === 'object') return content(one as Record<string, unknown>, value)
  return leaves(value).includes(one)
}

/** A null is there, and nothing but a null fits it; what is absent has no values. Objects are no leaves. */
const leaves = (value: unknown): readonly unknown[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter(
    (one) => one === null || typeof one !== 'object',
  )

function content(filter: Record<string, unknown>, value: unknown): boolean {
  const [[name, said] = [], ...more] = Object.entries(filter)
  if (more.length > 0) throw new Error(`expected one comparison, got ${JSON.stringify(filter)}`)
  const texts = leaves(value).filter((one) => typeof one === 'string')
  switch (name) {
    case 'exists':
      return said === leaves(value).length > 0
    case 'prefix':
      return texts.some((one) => one.startsWith(String(said)))
    case 'suffix':
      return texts.some((one) => one.endsWith(String(said)))
    case 'wildcard':
      return texts.some((one) => asPattern(String(said)).test(one))
    case 'anything-but': {
      const not = Array.isArray(said) ? said : [said]
      return leaves(value).some((one) => !not.some((no) => fits(no, one)))
    }
    default:
      throw new Error(`expected a comparison that is known here, got ${name}`)
  }
}

const asPattern = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*')}$`,
  )
