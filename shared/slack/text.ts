import type { MrkdwnElement, PlainTextElement } from '@slack/types'
import { visible } from '#shared/kit/quote.ts'

/**
 * Text of anybody's, made safe in Slack's markup: no mention, link or channel can come of it, it stays on its line, and it is
 * cut. https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export const escaped = (text: string, limit = 500): string =>
  visible(text, limit).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** What was escaped, as it was: Slack hands our own messages back as we sent them. */
export const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** The same as code, where no style can come of it either. */
export const code = (text: string, limit = 500): string => `\`${escaped(text.replaceAll('`', "'"), limit)}\``

/** Slack's limit for the text of a section is 3,000 characters. */
export const mrkdwn = (text: string): MrkdwnElement => ({ type: 'mrkdwn', text: cut(text, 3_000) })
export const plain = (text: string, limit = 75): PlainTextElement => ({ type: 'plain_text', text: cut(text, limit) })

/** Cut to so many of Slack's characters, and not in the middle of one, nor of what was escaped. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const kept = text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept.replace(/&[a-z]{0,3}$/, '')}…`
}
