/** Control, format (bidirectional marks, zero-width) and unassigned characters: none of them belongs in a message. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * Text that an attacker may have written, made safe to show: visible characters only, cut to `limit`, in quotes.
 * Inner quotes are doubled, so that a text can't seem to end early.
 */
export function quote(text: string, limit = 80): string {
  const visible = text.replace(INVISIBLE, '\uFFFD').replaceAll('"', "''")
  const characters = [...visible]
  return `"${characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : visible}"`
}
