import { beforeEach, describe, expect, test } from 'vitest'
import { slack, slackUrl } from '../support/cloud.ts'
import { input, long, mrkdwn, plain, section, textInput } from '../support/slack-blocks.ts'

/** Which views the fake Slack takes, besides their blocks. */

beforeEach(() => slack.reset())

describe('views', () => {
  const view = (more: object = {}) => ({ type: 'modal', title: plain('Title'), blocks: [section()], ...more })
  const withInput = { blocks: [input()], submit: plain('Send') }
  const ok = null

  test.each<[string, unknown, string | null]>([
    ['the least', view(), ok],
    [
      'all that it can have',
      view({
        ...withInput,
        close: plain('No'),
        callback_id: 'c',
        private_metadata: long(3000),
        external_id: 'e',
        clear_on_close: true,
        notify_on_close: true,
      }),
      ok,
    ],
    ['no metadata', view({ private_metadata: '', close: null }), ok],
    ['100 blocks', view({ blocks: Array.from({ length: 100 }, () => ({ type: 'divider' })) }), ok],
    ['101 blocks', view({ blocks: Array.from({ length: 101 }, () => ({ type: 'divider' })) }), 'no more than 100'],
    ['no blocks', view({ blocks: [] }), 'missing required field: blocks [json-pointer:/view]'],
    ['no title', view({ title: undefined }), 'missing required field: title [json-pointer:/view]'],
    ['a title too long', view({ title: plain(long(25)) }), '24'],
    ['a title with markup', view({ title: mrkdwn() }), 'must be plain_text [json-pointer:/view/title/type]'],
    ['submit too long', view({ submit: plain(long(25)) }), '24'],
    ['close too long', view({ close: plain(long(25)) }), '24'],
    ['metadata too long', view({ private_metadata: long(3001) }), '3000'],
    ['a callback_id too long', view({ callback_id: long(256) }), '255'],
    ['an external_id too long', view({ external_id: long(256) }), 'less than 256'],
    ['an input and no submit', view({ blocks: [input()] }), 'submit is required with an input block'],
    ['a misspelt field', view({ calback_id: 'c' }), 'unsupported field: calback_id'],
    ['what Slack adds', view({ hash: '1.a' }), 'unsupported field: hash'],
    ['a type of no kind', view({ type: 'popup' }), 'type must be either'],
    ['a wrong block', view({ blocks: [section({ fileds: [] })] }), '[json-pointer:/view/blocks/0/fileds]'],
    [
      'two that want the focus',
      view({
        ...withInput,
        blocks: [
          input(textInput({ focus_on_load: true })),
          input(textInput({ focus_on_load: true }), { block_id: 'b' }),
        ],
      }),
      'only one element',
    ],
    [
      'more than 250 KB',
      view({ blocks: Array.from({ length: 90 }, () => section({ text: mrkdwn(long(3000)) })) }),
      'view_too_large',
    ],
    ['no object', 'view', 'invalid_arguments'],
  ])('%s', async (_, given, said) => {
    const { user, trigger_id } = await triggered()
    const answer = await slack.api('views.open', { trigger_id, view: given })
    if (said === null) {
      expect(answer).toMatchObject({
        ok: true,
        view: { type: 'modal', root_view_id: (answer.view as { id: string }).id },
      })
      expect((await slack.state()).views).toMatchObject([
        { user, open: true, versions: [{ hash: expect.any(String) }] },
      ])
    } else {
      expect(answer).toMatchObject({ ok: false, error: 'invalid_arguments' })
      expect(JSON.stringify(answer)).toContain(said)
      expect((await slack.state()).violations).toHaveLength(1)
    }
  })
})

/** A trigger of a command that nobody answers. */
async function triggered(): Promise<{ user: string; trigger_id: string | null }> {
  const { trigger_id } = await slack.command({ url: `${slackUrl}/nobody`, user: 'U0123BOB00' })
  return { user: 'U0123BOB00', trigger_id }
}
