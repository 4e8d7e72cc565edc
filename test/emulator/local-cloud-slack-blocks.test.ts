import { beforeEach, describe, expect, test } from 'vitest'
import { slack } from '../support/cloud.ts'
import {
  actions,
  button,
  input,
  long,
  menu,
  mrkdwn,
  option,
  plain,
  radio,
  section,
  textInput,
} from '../support/slack-blocks.ts'

/** Which blocks the fake Slack takes: what Slack's own models know, and the limits that Slack documents. */

beforeEach(() => slack.reset())

const CHANNEL = 'C0123SECOP'
const confirm = { title: plain('Sure?'), text: mrkdwn('*Really*'), confirm: plain('Yes'), deny: plain('No') }

describe('what is right is taken', () => {
  test.each<[string, object]>([
    [
      'a section with all that it can have',
      section({ fields: [mrkdwn(), plain()], accessory: button(), expand: true }),
    ],
    ['text at its longest', section({ text: mrkdwn(long(3000)) })],
    ['a header', { type: 'header', text: { ...plain(long(150)), emoji: true } }],
    [
      'a context',
      { type: 'context', elements: [mrkdwn(), { type: 'image', image_url: 'https://a.example/a', alt_text: 'a' }] },
    ],
    [
      'buttons',
      actions(
        button({ style: 'danger', value: long(2000), confirm }),
        button({ action_id: 'b', url: 'https://a.example' }),
      ),
    ],
    ['a menu with a first choice', actions(menu({ initial_option: option('two') }))],
    [
      'groups of options',
      actions(menu({ options: undefined, option_groups: [{ label: plain(), options: [option('a')] }] })),
    ],
    [
      'an overflow menu',
      section({
        accessory: { type: 'overflow', action_id: 'o', options: [option('a', { url: 'https://a.example' })] },
      }),
    ],
    [
      'radio buttons with markup',
      actions(radio({ options: [{ text: mrkdwn('*a*'), value: 'a', description: mrkdwn('_b_') }] })),
    ],
    [
      'pickers',
      actions(
        { type: 'datepicker', action_id: 'd', initial_date: '2026-01-02' },
        { type: 'users_select', action_id: 'u' },
      ),
    ],
    ['a filter', actions({ type: 'conversations_select', action_id: 'c', filter: { include: ['public'] } })],
    [
      'an input',
      input(textInput({ multiline: true, min_length: 1, max_length: 3000 }), { hint: plain(), optional: false }),
    ],
    [
      'rich text',
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a', style: { bold: true } }] }],
      },
    ],
    ['two buttons of one name in two blocks', actions(button({ action_id: 'same' }))],
  ])('%s', async (_, block) => {
    // As JSON is sent: what is undefined is not there.
    const answer = await slack.api('chat.postMessage', {
      channel: CHANNEL,
      text: 'a',
      blocks: [block, actions(button({ action_id: 'same' }))],
    })
    expect(answer).toMatchObject({ ok: true })
    expect((await slack.state()).violations).toEqual([])
  })

  test('blocks and elements without a name get one', async () => {
    const blocks = [section({ block_id: 'mine' }), actions(button({ action_id: undefined }))]
    const { message } = await slack.api('chat.postMessage', { channel: CHANNEL, blocks })
    const given = expect.stringMatching(/^[0-9a-f]{5}$/)
    expect(message).toMatchObject({
      blocks: [{ block_id: 'mine' }, { block_id: given, elements: [{ action_id: given }] }],
    })
  })
})

describe('what is wrong in a block is refused, and said where', () => {
  test.each<[string, object, string]>([
    ['a block of no kind', { type: 'hider' }, 'unsupported type: hider [json-pointer:/blocks/0/type]'],
    ['a misspelt field', section({ acessory: button() }), 'acessory [json-pointer:/blocks/0/acessory]'],
    ['one in an element', actions(button({ acton_id: 'a' })), 'acton_id [json-pointer:/blocks/0/elements/0/acton_id]'],
    [
      'one in an option',
      actions(menu({ options: [option('a', { txt: 'a' })] })),
      'txt [json-pointer:/blocks/0/elements/0/options/0/txt]',
    ],
    ['one in a confirm dialogue', actions(button({ confirm: { ...confirm, okay: plain() } })), '/blocks/0/elements/0'],
    ['one in a text', section({ text: { ...mrkdwn(), emoji: true } }), '/blocks/0/text'],
    ['an element of no kind', actions({ type: 'knob', action_id: 'a' }), 'unsupported type: knob'],
    ['a text that is none', { type: 'header', text: 'Hello' }, 'unsupported value [json-pointer:/blocks/0/text]'],
    ['an empty text', section({ text: mrkdwn('') }), 'must not be empty [json-pointer:/blocks/0/text/text]'],
    ['nothing in a section', { type: 'section' }, 'text or fields attribute must be specified'],
    ['no elements', actions(), 'must not be empty [json-pointer:/blocks/0/elements]'],
    ['a section text too long', section({ text: mrkdwn(long(3001)) }), '3000'],
    ['a field too long', section({ fields: [mrkdwn(long(2001))] }), 'less than 2001'],
    ['a header too long', { type: 'header', text: plain(long(151)) }, '150'],
    [
      'a header with markup',
      { type: 'header', text: mrkdwn() },
      'must be plain_text [json-pointer:/blocks/0/text/type]',
    ],
    ['a button text too long', actions(button({ text: plain(long(76)) })), '75'],
    ['a button text with markup', actions(button({ text: mrkdwn() })), 'must be plain_text'],
    ['a button value too long', actions(button({ value: long(2001) })), '2000'],
    ['a style of no kind', actions(button({ style: 'green' })), 'style attribute must be one of'],
    ['an option text too long', actions(menu({ options: [option(long(76))] })), '75'],
    ['an option value too long', actions(menu({ options: [{ text: plain(), value: long(151) }] })), '150'],
    [
      'an option with markup in a menu',
      actions(menu({ options: [{ text: mrkdwn(), value: 'a' }] })),
      'must be plain_text',
    ],
    [
      'a description too long',
      actions(radio({ options: [option('a', { description: plain(long(76)) })] })),
      'less than 76',
    ],
    ['a first choice that is none', actions(menu({ initial_option: option('three') })), 'none of the options'],
    ['a URL in a menu', actions(menu({ options: [option('a', { url: 'https://a.example' })] })), 'for overflow menus'],
    [
      'eleven radio buttons',
      actions(radio({ options: Array.from({ length: 11 }, (_, n) => option(`${n}`)) })),
      'no more than 10',
    ],
    ['101 options', actions(menu({ options: Array.from({ length: 101 }, (_, n) => option(`${n}`)) })), '100'],
    ['a placeholder too long', actions(menu({ placeholder: plain(long(151)) })), '150'],
    ['a placeholder with markup', actions(menu({ placeholder: mrkdwn() })), 'must be plain_text'],
    ['a label too long', input(textInput(), { label: plain(long(2001)) }), '2000'],
    ['a hint too long', input(textInput(), { hint: plain(long(2001)) }), '2000'],
    ['a button as an input', input(button()), 'element attribute must be'],
    ['a text input among buttons', actions(textInput()), 'unsupported element here: plain_text_input'],
    ['a length that cannot be', input(textInput({ max_length: 3001 })), 'must be between 1 and 3000'],
    ['a date that is none', actions({ type: 'datepicker', action_id: 'd', initial_date: 'soon' }), 'YYYY-MM-DD'],
    ['a block_id too long', section({ block_id: long(256) }), '255'],
    ['an action_id too long', actions(button({ action_id: long(256) })), '255'],
    ['two action_ids alike', actions(button(), button()), "action_id 'go' is used 2 times"],
    ['no block at all', 'text' as unknown as object, 'must be an object'],
  ])('%s', async (_, block, said) => {
    const answer = await slack.api('chat.postMessage', { channel: CHANNEL, text: 'a', blocks: [block] })
    expect(answer).toMatchObject({ ok: false, error: 'invalid_blocks' })
    const { messages } = answer.response_metadata as { messages: string[] }
    expect(messages.join('\n')).toContain(said)
    const { violations, messages: shown } = await slack.state()
    expect(violations).toMatchObject([{ where: 'chat.postMessage', messages, given: [block] }])
    expect(shown).toEqual([])
  })

  test.each([
    ['two block_ids alike', [section({ block_id: 'a' }), section({ block_id: 'a' })], "block_id 'a' is used 2 times"],
    ['51 blocks', Array.from({ length: 51 }, () => ({ type: 'divider' })), 'no more than 50'],
    ['what is no list', { type: 'divider' }, 'must be an array'],
  ])('%s', async (_, blocks, said) => {
    const answer = await slack.api('chat.postMessage', { channel: CHANNEL, blocks })
    expect(answer).toMatchObject({ ok: false, error: 'invalid_blocks' })
    expect(JSON.stringify(answer)).toContain(said)
  })
})
