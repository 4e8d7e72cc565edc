import type { View } from '@slack/types'
import { field, text } from '#shared/kit/loose.ts'
import type { Press } from './press.ts'
import { escaped, mrkdwn, plain } from './text.ts'

/** The form that a button opens where a reason is wanted: what the command line wants too. */

export const WORD = 'word'

/** What the buttons that want a reason are called, and what they do, in words. */
export const WORDS = {
  approve: { title: 'Approve', says: 'What is asked is done at once, if the plan is still the same.' },
  decline: { title: 'Decline', says: 'It is left as it is until the ask would have expired.' },
  undo: { title: 'Undo', says: 'What was done is put back, unless somebody has changed it since.' },
  release: { title: 'Release', says: 'The host is let go, and what was done to it is put back.' },
  disarm: { title: 'Disarm', says: 'From now on this response asks instead of acting.' },
  arm: { title: 'Arm', says: 'From now on this response does again what the policy says.' },
} as const

export type Word = keyof typeof WORDS

/** Asks why. What it is about goes with the form, and is checked again when it comes back. */
export function wordModal(press: Press & { readonly what: Word }, about: string): View {
  const { title, says } = WORDS[press.what]
  return {
    type: 'modal',
    callback_id: WORD,
    private_metadata: JSON.stringify(press),
    title: plain(title, 24),
    submit: plain(title, 24),
    close: plain('Cancel', 24),
    blocks: [
      { type: 'section', text: mrkdwn(`${says}\n${escaped(about, 300)}`) },
      {
        type: 'input',
        block_id: 'reason',
        label: plain('Why'),
        hint: plain('It is recorded with your name.', 150),
        element: { type: 'plain_text_input', action_id: 'reason', min_length: 3, max_length: 500 },
      },
    ],
  }
}

/** The reason that the form holds. */
export const reasonIn = (view: unknown): string =>
  text(field(field(field(field(field(view, 'state'), 'values'), 'reason'), 'reason'), 'value'))?.trim() ?? ''
