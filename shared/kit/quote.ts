/** Control, format (bidirectional marks, zero-width) and unassigned characters: none of them belongs in a message. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * Text that an attacker may have written, made safe to show: visible characters only, cut to `limit`, in quotes.
 * Inner quotes are doubled, so that a text can't seem to end early.
 */
export const quote = (text: string, limit = 80): string => `"${visible(text.replaceAll('"', "''"), limit)}"`

/** The same without quotes, for a part of a name that we give: it stays on its line. */
export function visible(text: string, limit: number): string {
  const characters = [...text.replace(INVISIBLE, '\uFFFD')]
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : characters.join('')
}
