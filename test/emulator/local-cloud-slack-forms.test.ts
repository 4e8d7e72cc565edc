import { describe, expect, test } from 'vitest'
import type { Submit, Values } from '#local/slack.ts'
import { slack } from '../support/cloud.ts'
import { app, isSigned, lastPayload, type Reply, useSlackApp } from '../support/slack-app.ts'

/** Buttons and forms of the fake Slack: what reaches an app, and what its answers do to the form. */

const CHANNEL = 'C0123SECOP'
const plain = (text: string) => ({ type: 'plain_text', text })
const option = (value: string) => ({ text: plain(value), value })
const FORM = {
  type: 'modal',
  callback_id: 'open_box',
  private_metadata: '{"a":1}',
  title: plain('A box'),
  submit: plain('Open'),
  notify_on_close: true,
  blocks: [
    field('zone', { type: 'static_select', action_id: 'pick', options: [option('prod'), option('test')] }),
    field('why', { type: 'plain_text_input', action_id: 'say', min_length: 3, max_length: 10 }),
    field('who', { type: 'users_select', action_id: 'user', initial_user: 'U0123ALICE' }, true),
    field('hours', { type: 'checkboxes', action_id: 'some', options: [option('day'), option('night')] }, true),
    {
      type: 'actions',
      block_id: 'row',
      elements: [{ type: 'button', action_id: 'more', text: plain('More'), value: 'm' }],
    },
  ],
}
function field(block_id: string, element: object, optional = false) {
  return { type: 'input', block_id, label: plain(block_id), element, optional }
}

useSlackApp(slack)

async function openForm(more: object = {}): Promise<string> {
  const { trigger_id } = await slack.command({ url: app.url, user: 'U0123BOB00' })
  const answer = await slack.api('views.open', { trigger_id, view: { ...FORM, ...more } })
  return (answer.view as { id: string }).id
}
const viewOf = async (id: string) => (await slack.state()).views.find((one) => one.id === id)!
const GOOD: Values = { zone: { pick: 'prod' }, why: { say: 'on call' } }

const who = { id: 'U0123BOB00', username: 'bob', name: 'bob', team_id: 'T0123PORTC' }
const always = {
  user: who,
  team: { id: 'T0123PORTC', domain: 'portcullis-local' },
  api_app_id: 'A0123PORTC',
  enterprise: null,
  is_enterprise_install: false,
}

describe('a press', () => {
  test('in a message says which message, and what was pressed', async () => {
    const elements = [
      { type: 'button', action_id: 'go', text: plain('Go'), value: 'i-1/2', style: 'danger' },
      { type: 'static_select', action_id: 'pick', options: [option('one'), option('two')] },
    ]
    const parent = await slack.api('chat.postMessage', { channel: CHANNEL, text: 'parent' })
    const blocks = [{ type: 'actions', block_id: 'row', elements }]
    const thread_ts = parent.ts as string
    const { ts } = await slack.api('chat.postMessage', { channel: CHANNEL, text: 'a', blocks, thread_ts })
    const message = { channel: CHANNEL, ts: ts as string }
    const answer = await slack.press({ url: app.url, user: who.id, message, action_id: 'go' })
    expect(isSigned(app.heard[0]!, 'local-signing-secret')).toBe(true)
    expect(app.heard[0]!.body).toMatch(/^payload=%7B%22type%22%3A%22block_actions%22/)
    expect(answer.payload).toEqual(lastPayload())
    expect(lastPayload()).toEqual({
      ...always,
      type: 'block_actions',
      token: 'local-verification-token',
      trigger_id: answer.trigger_id,
      response_url: answer.response_url,
      container: { type: 'message', message_ts: ts, channel_id: CHANNEL, is_ephemeral: false, thread_ts },
      channel: { id: CHANNEL, name: 'security' },
      message: expect.objectContaining({ ts, text: 'a', thread_ts, blocks }),
      state: { values: { row: { pick: { type: 'static_select', selected_option: null } } } },
      actions: [{ ...elements[0], block_id: 'row', action_ts: expect.stringMatching(/^\d+\.\d{6}$/) }],
    })
    await slack.press({ url: app.url, message, action_id: 'pick', value: 'two' })
    expect(lastPayload()).toMatchObject({ actions: [{ type: 'static_select', selected_option: option('two') }] })
  })

  test('can be of a version that is no longer shown, and not of what never was', async () => {
    const blocks = [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', text: plain('Go') }] }]
    const { ts } = await slack.api('chat.postMessage', { channel: CHANNEL, text: 'a', blocks })
    await slack.api('chat.update', { channel: CHANNEL, ts, text: 'done', blocks: [] })
    const message = { channel: CHANNEL, ts: ts as string }
    const press = { url: app.url, action_id: 'go' }
    await expect(slack.press({ ...press, message })).rejects.toThrow("an element with the action_id 'go'")
    await expect(slack.press({ ...press, message: { ...message, ts: '1.2' } })).rejects.toThrow(
      'a message that is there',
    )
    expect(app.heard).toEqual([])
    await slack.press({ ...press, message: { ...message, version: 0 } })
    expect(lastPayload()).toMatchObject({ actions: [{ action_id: 'go' }], message: { text: 'a' } })
  })

  test('in a message for one person does not send its content', async () => {
    const blocks = [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', text: plain('Go') }] }]
    const { message_ts } = await slack.api('chat.postEphemeral', { channel: CHANNEL, user: who.id, text: 'a', blocks })
    const message = { channel: CHANNEL, ts: message_ts as string }
    await slack.press({ url: app.url, user: who.id, message, action_id: 'go' })
    expect(lastPayload()).toMatchObject({ container: { message_ts, is_ephemeral: true } })
    expect(lastPayload()).not.toHaveProperty('message')
  })

  test('in a form sends what is filled in so far', async () => {
    const view = await openForm()
    await slack.press({ url: app.url, view, action_id: 'more', values: { zone: { pick: 'test' } } })
    expect(lastPayload()).toMatchObject({
      ...always,
      container: { type: 'view', view_id: view },
      view: { id: view, state: { values: { zone: { pick: { selected_option: option('test') } } } } },
      actions: [{ action_id: 'more', block_id: 'row', value: 'm' }],
    })
    expect(lastPayload()).not.toHaveProperty('response_url')
  })
})

describe('a form', () => {
  test('is submitted with the view as it was opened, and what was filled in', async () => {
    const view_id = await openForm()
    const values = { ...GOOD, hours: { some: ['day'] } }
    const answer = await slack.submit({ url: app.url, view_id, values })
    expect(lastPayload()).toMatchObject({
      ...always,
      type: 'view_submission',
      trigger_id: answer.trigger_id,
      response_urls: [],
      view: {
        id: view_id,
        root_view_id: view_id,
        previous_view_id: null,
        callback_id: 'open_box',
        private_metadata: '{"a":1}',
        hash: (await viewOf(view_id)).versions[0]!.hash,
        state: {
          values: {
            zone: { pick: { type: 'static_select', selected_option: option('prod') } },
            why: { say: { type: 'plain_text_input', value: 'on call' } },
            who: { user: { type: 'users_select', selected_user: 'U0123ALICE' } },
            hours: { some: { type: 'checkboxes', selected_options: [option('day')] } },
          },
        },
      },
    })
    expect((await viewOf(view_id)).open).toBe(false)
    await expect(slack.submit({ url: app.url, view_id, values })).rejects.toThrow('a view that is open')
  })

  test.each<[string, Values, string]>([
    ['without what is required', { zone: { pick: 'prod' } }, 'it is not optional'],
    ['with a text too short', { ...GOOD, why: { say: 'no' } }, 'Expected 3 to 10 characters for why; got 2'],
    ['with an option that is none', { ...GOOD, zone: { pick: 'moon' } }, "the options prod, test; got 'moon'"],
    ['with a field that is none', { ...GOOD, zone: { pic: 'prod' } }, 'zone/pick'],
  ])('cannot be sent %s, but by force', async (_, values, said) => {
    const wish: Submit = { url: app.url, view_id: await openForm(), values }
    app.heard.length = 0
    await expect(slack.submit(wish)).rejects.toThrow(said)
    expect(app.heard).toEqual([])
    if (said === 'zone/pick') return
    expect(await slack.submit({ ...wish, force: true })).toMatchObject({ status: 200 })
  })

  const NEXT = { type: 'modal', title: plain('Next'), blocks: [{ type: 'section', text: plain('Done') }] }
  const BAD = { ...NEXT, blocks: [{ type: 'hider' }] }
  test.each<
    [string, Reply, { open: boolean; versions?: number; errors?: object; views?: number; violations?: number }]
  >([
    ['nothing', {}, { open: false }],
    ['clear', { json: { response_action: 'clear' } }, { open: false }],
    ['errors', { json: { response_action: 'errors', errors: { why: 'no' } } }, { open: true, errors: { why: 'no' } }],
    [
      'errors of no field',
      { json: { response_action: 'errors', errors: { row: 'no' } } },
      { open: true, violations: 1 },
    ],
    ['update', { json: { response_action: 'update', view: NEXT } }, { open: true, versions: 2 }],
    ['update with a wrong view', { json: { response_action: 'update', view: BAD } }, { open: true, violations: 1 }],
    ['push', { json: { response_action: 'push', view: NEXT } }, { open: true, views: 2 }],
    ['push of a wrong view', { json: { response_action: 'push', view: BAD } }, { open: true, violations: 1 }],
    ['an action that is none', { json: { response_action: 'explode' } }, { open: true, violations: 1 }],
    ['a text', { text: 'thanks' }, { open: true, violations: 1 }],
    ['an error', { status: 500 }, { open: true }],
  ])('is answered with %s', async (_, reply, expected) => {
    const view_id = await openForm()
    app.reply(reply)
    await slack.submit({ url: app.url, view_id, values: GOOD })
    const { views, violations } = await slack.state()
    const { versions, ...record } = views.find((one) => one.id === view_id)!
    expect({ open: record.open, errors: record.errors, versions: versions.length, views: views.length }).toEqual({
      open: expected.open,
      errors: expected.errors ?? null,
      versions: expected.versions ?? 1,
      views: expected.views ?? 1,
    })
    expect(violations).toHaveLength(expected.violations ?? 0)
    if (expected.views === 2) {
      const [, pushed] = views
      expect(pushed).toMatchObject({ user: who.id, root_view_id: view_id, previous_view_id: view_id, open: true })
    }
  })

  test('stacks up to three views', async () => {
    const view_id = await openForm()
    app.reply({ json: { response_action: 'push', view: { ...NEXT, submit: plain('On') } } })
    await slack.submit({ url: app.url, view_id, values: GOOD })
    for (const index of [1, 2]) {
      const { views } = await slack.state()
      await slack.submit({ url: app.url, view_id: views[index]!.id })
    }
    const { views, violations } = await slack.state()
    expect([views.length, violations]).toMatchObject([3, [{ messages: ['a stack has at most 3 views'] }]])
  })

  test('tells that it is closed where it was asked to', async () => {
    const view_id = await openForm()
    await slack.close({ url: app.url, view_id })
    expect(lastPayload()).toMatchObject({ ...always, type: 'view_closed', is_cleared: false, view: { id: view_id } })
    const silent = await openForm({ notify_on_close: false })
    await expect(slack.close({ url: app.url, view_id: silent })).rejects.toThrow('notify_on_close')
  })

  test('is updated while it is open, by its hash', async () => {
    const view_id = await openForm({ external_id: 'mine' })
    const { hash } = (await viewOf(view_id)).versions[0]!
    const update = (more: object) => slack.api('views.update', { view: NEXT, ...more })
    expect(await update({ view_id, hash: 'old' })).toMatchObject({ ok: false, error: 'hash_conflict' })
    expect(await update({ view_id, hash })).toMatchObject({ ok: true, view: { id: view_id, title: plain('Next') } })
    expect(await update({ view_id, hash })).toMatchObject({ ok: false, error: 'hash_conflict' })
    expect(await update({ view_id })).toMatchObject({ ok: true })
    expect(await update({ view_id: 'V0' })).toMatchObject({ ok: false, error: 'not_found' })
    expect(await update({})).toMatchObject({ ok: false, error: 'invalid_arguments' })
    await slack.close({ url: app.url, view_id: await openForm() })
    expect((await viewOf(view_id)).versions.map(({ title }) => title.text)).toEqual(['A box', 'Next', 'Next'])
  })
})
