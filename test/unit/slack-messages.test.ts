import { beforeAll, describe, expect, test } from 'vitest'
import type { BoxRequest, Standing } from '#shared/jump/box-request.ts'
import type { Zone } from '#shared/policy/schema.ts'
import { alarmMessage, noticeMessage } from '#shared/slack/notice-message.ts'
import { Press, readPress } from '#shared/slack/press.ts'
import { askedView, errorsOf, requestModal, termsIn, typed } from '#shared/slack/request-modal.ts'
import { code, cut, escaped, mrkdwn, plain, unescaped } from '#shared/slack/text.ts'
import { reasonIn, WORDS, type Word, wordModal } from '#shared/slack/word-modal.ts'
import { policyWith } from '../support/policies.ts'
import { slackSays } from '../support/slack-checks.ts'

/** What people see in Slack: made of text that anybody may have written, and of a form that Slack takes. */

const ID = '01JZ0000000000000000000000'
/** Texts that would do something, were they not escaped; and some that are merely long. */
const TEXTS: Record<string, string> = {
  plain: 'look at the logs',
  nothing: '',
  'a mention of all': '<!channel> <!here> <!everyone|x>',
  'a mention of one': '<@U0123ALICE> and <#C0123SECOP>',
  'a link': '<https://evil.example|your box> https://evil.example',
  entities: '&lt;!channel&gt; &amp; & <',
  code: '`whoami` ```rm -rf /```',
  styles: '*bold* _italic_ ~gone~ > quote',
  lines: 'one\ntwo\r\nthree\u2028four\u2029five\u0085six',
  'marks that turn text around': 'ab\u202Ecd\u2066ef\u200Fgh\u200Bij\uFEFFkl',
  controls: 'a\0b\u0007c\u001b[31md',
  'many scripts': 'é ☃ 漢字 👩‍👩‍👧 🚪',
  'half a character': 'a\ud83d b\ude80',
  long: 'x'.repeat(5_000),
  'long, all of it to be escaped': '<'.repeat(5_000),
  'long, of two halves each': '🚪'.repeat(5_000),
}
for (const length of [2_899, 2_900, 2_901, 2_999, 3_000, 3_001]) TEXTS[`${length} characters`] = 'y'.repeat(length)
for (const at of [1, 2, 3, 4, 5])
  TEXTS[`an ampersand ${at} before where it is cut`] = `${'z'.repeat(500 - at)}&&&&&&${'z'.repeat(9_000)}`

const NAMES = Object.keys(TEXTS)
const textsIn = (value: unknown): string[] =>
  JSON.stringify(value) === undefined
    ? []
    : Object.entries((value ?? {}) as object).flatMap(([key, one]) =>
        typeof one === 'string' ? (key === 'text' ? [one] : []) : textsIn(one),
      )
/** The texts of Slack's markup, and those that are taken as they are. */
const markupIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(markupIn)
  if (value === null || typeof value !== 'object') return []
  const { type, text } = value as { type?: string; text?: unknown }
  return type === 'mrkdwn' ? [String(text)] : Object.values(value).flatMap(markupIn)
}

const zones: readonly Zone[] = policyWith(`people: [{ name: alice }]
jump-boxes:
  zones:
    - { name: lab, about: "${'a <b> & c '.repeat(14)}", who: everybody, vpc: vpc-1, subnet: subnet-1, egress: [{ group: sg-1, ports: [tcp/22] }], instead: [session-manager, instance-connect-endpoint] }
    - { name: ${'v'.repeat(63)}, about: what is kept safe, who: everybody, vpc: vpc-1, subnet: subnet-1, egress: [{ group: sg-1, ports: [tcp/22] }] }
`)['jump-boxes'].zones

const notice = (text: string, more: object = {}) =>
  noticeMessage({
    text: `${text}\nwhat was done\n${text}`,
    incident: ID,
    account: '123456789012',
    region: 'eu-central-1',
    ...more,
  })
const EVERYTHING = {
  response: 'open-ingress',
  ask: { hash: '0'.repeat(32), state: 'asked' },
  takeBack: 'undo',
  chain: 'a'.repeat(64),
}
const box = { id: ID, ssh: 'ssh -p 2222 ec2-user@203.0.113.7', slack: 'U0123ALICE' }
const request = (reason: string): BoxRequest => ({
  ...{ id: ID, person: 'alice', by: { name: 'alice' }, zone: 'lab', reason, seconds: 3_600, key: 'ssh-ed25519 AAAA' },
  ...{ at: '2026-06-01T12:00:00.000Z', linkUntil: '2026-06-01T12:10:00.000Z', version: 1 },
})
const wanted: Standing = { state: 'wanted', until: '2026-06-01T13:00:00.000Z' }
const link = `https://a1b2c3.execute-api.eu-central-1.amazonaws.com/jump/${ID}.1780000000.${'A'.repeat(43)}`

const messagesOf = (text: string) => [
  notice(text),
  notice(text, EVERYTHING),
  notice(text, { response: 'suspicious-host', takeBack: 'release' }),
  notice(text, { response: 'jump-box', jump: box }),
  noticeMessage({ text, switched: 'disarm', responses: Array.from({ length: 30 }, (_, i) => `response-${i}`) }),
  alarmMessage({ AlarmName: 'x', AlarmDescription: text, NewStateValue: 'ALARM', NewStateReason: text }),
  alarmMessage({ AlarmName: 'x', AlarmDescription: text, NewStateValue: 'OK' }),
]
const viewsOf = (text: string) => [
  requestModal(zones, { reason: text, key: 'ssh-ed25519 AAAA' }),
  requestModal(zones.slice(0, 1), { reason: text }),
  requestModal(zones, { zone: zones[1], key: `ssh-rsa ${'A'.repeat(6_000)}` }),
  askedView(request(text), wanted, link, false),
  askedView(request(text), wanted, null, true),
  askedView(request(text), { state: 'over', until: '', why: 'its time is up' }, null, false),
  ...(Object.keys(WORDS) as Word[]).map((what) =>
    wordModal({ what, incident: ID, plan: '0'.repeat(32) } as never, text),
  ),
]

let said: Awaited<ReturnType<typeof slackSays>>
beforeAll(async () => {
  const all = Object.values(TEXTS)
  said = await slackSays({
    messages: all.flatMap((text) => messagesOf(text).map(({ blocks }) => blocks)),
    views: all.flatMap(viewsOf),
  })
})

test('Slack’s own models take every message and every form.', () => {
  const each = (faults: string[][], size: number) =>
    faults.flatMap((all, i) => all.map((fault) => `${NAMES[Math.floor(i / size)]} ${i % size}: ${fault}`))
  expect(said.messages).toHaveLength(NAMES.length * 7)
  expect(said.views).toHaveLength(NAMES.length * 12)
  expect(each(said.messages, 7)).toEqual([])
  expect(each(said.views, 12)).toEqual([])
})

describe.each(NAMES)('Of a text that is %s', (name) => {
  const text = TEXTS[name]!
  const markup = [...messagesOf(text), ...viewsOf(text)].flatMap((one) => [
    ...markupIn(one),
    // A message's own text is markup too.
    ...('text' in one && typeof one.text === 'string' ? [one.text] : []),
  ])

  test('no mention, link or half an entity comes', () => {
    for (const one of markup) {
      expect(one).not.toMatch(/[<>]/)
      expect(one).not.toMatch(/&(?!amp;|lt;|gt;)/)
    }
  })

  test('nothing comes that can’t be seen, and no half of a character', () => {
    for (const one of markup) {
      expect(one.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      expect(one.isWellFormed()).toBe(true)
    }
    for (const one of [...messagesOf(text), ...viewsOf(text)].flatMap(textsIn)) expect(one.isWellFormed()).toBe(true)
  })

  test('it stays on its line', () => {
    const [, , lines] = askedView(request(text), wanted, link, false).blocks as { elements?: { text: string }[] }[]
    expect(lines!.elements![0]!.text).not.toContain('\n')
    const word = wordModal({ what: 'disarm', response: 'open-ingress' }, text)
    expect((word.blocks[0] as { text: { text: string } }).text.text.split('\n')).toHaveLength(2)
  })
})

describe('Text', () => {
  test.each([
    ['a & b', 'a &amp; b'],
    ['<!channel>', '&lt;!channel&gt;'],
    ['&lt;', '&amp;lt;'],
    ['a\nb', 'a\uFFFDb'],
    ['ab\u202Ecd', 'ab\uFFFDcd'],
  ])('%j is escaped to %j', (text, as) => {
    expect(escaped(text)).toBe(as)
    expect(code(text)).toBe(`\`${as}\``)
  })

  test.each(['<!channel>', 'a & b', '&lt;', '&amp;lt;', 'plain'])(
    'that Slack hands back is what it was: %j',
    (text) => {
      expect(unescaped(escaped(text))).toBe(text)
    },
  )

  test('as code holds no end of code', () => {
    expect(code('a`b``c')).toBe("`a'b''c`")
  })

  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['ab🚪', 4, 'ab🚪'],
    ['ab🚪c', 4, 'ab…'],
    ['ab&amp;c', 4, 'ab…'],
    ['ab&amp;c', 7, 'ab…'],
    ['ab&amp;cd', 8, 'ab&amp;…'],
    ['', 3, ''],
  ])('%j cut to %i is %j', (text, limit, as) => {
    expect(cut(text, limit)).toBe(as)
    expect(cut(text, limit).length).toBeLessThanOrEqual(limit)
  })

  test('of a section has Slack’s limit, and of a button its own', () => {
    expect(mrkdwn('x'.repeat(3_000)).text).toHaveLength(3_000)
    expect(mrkdwn('x'.repeat(3_001)).text).toHaveLength(3_000)
    expect(plain('x'.repeat(76)).text).toHaveLength(75)
  })
})

describe('What can be pressed', () => {
  const buttons = (more: object) =>
    notice('x', more).blocks.flatMap((block) => ('elements' in block && block.type === 'actions' ? block.elements : []))
  const labels = (more: object) => buttons(more).map((one) => ('text' in one ? one.text?.text : ''))

  test.each<[string, object, string[]]>([
    ['where something is asked', { ask: { hash: '0'.repeat(32), state: 'asked' } }, ['Approve', 'Decline']],
    ['where it was answered', { ask: { hash: '0'.repeat(32), state: 'approved' } }, []],
    ['where something was done', { takeBack: 'undo' }, ['Undo']],
    ['where a host was cut off', { takeBack: 'release' }, ['Release']],
    ['where it says something else can be taken back', { takeBack: 'delete' }, []],
    ['of a response', { response: 'open-ingress' }, ['Disarm']],
    ['of all of that', EVERYTHING, ['Approve', 'Decline', 'Undo', 'Disarm']],
    ['of a box that is open', { response: 'jump-box', jump: box }, ['Extend', 'Close']],
    ['of a box that is not', { response: 'jump-box', jump: { id: ID } }, []],
    ['of what was disarmed', { incident: undefined, switched: 'disarm', responses: ['a', 'b'] }, ['Arm a', 'Arm b']],
    ['of what was armed', { incident: undefined, switched: 'arm', responses: ['a'] }, []],
    ['without an incident', { ...EVERYTHING, incident: undefined }, []],
  ])('%s', (_, more, expected) => {
    expect(labels(more)).toEqual(expected)
  })

  test('comes back as what it was, and is told apart', () => {
    const all = [...buttons(EVERYTHING), ...buttons({ response: 'jump-box', jump: box })]
    for (const one of all) expect(Press.safeParse(readPress((one as { value?: string }).value)).success).toBe(true)
    const ids = buttons(EVERYTHING).map((one) => one.action_id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each([
    undefined,
    '',
    'approve',
    '{"what":"approve"}',
    `{"what":"approve","incident":"${ID}","plan":"x"}`,
    `{"what":"close","box":"../../disarm"}`,
    `{"what":"extend","box":"${ID}","seconds":1e9}`,
    `{"what":"terminate","box":"${ID}"}`,
    `{"what":"undo","incident":"${ID}","force":true}`,
    'null',
    '[]',
  ])('is none of ours where it says %j', (value) => {
    expect(readPress(value)).toBeNull()
  })
})

describe('A notice', () => {
  const said = (text: string, more: object = {}) => markupIn(noticeMessage({ text, ...more }).blocks)
  test('leaves out the command line’s way of what a button does here, and empty lines', () => {
    expect(
      said(
        'Head\n\nPut it back: npx portcullis undo X\nApprove it, until noon: x\nTo have it left alone: y\nConnect: ssh x\nleft',
      ),
    ).toEqual(['*Head*', 'left'])
  })
  test('shows how to get in as code', () => {
    expect(said('Head', { jump: box })).toEqual(['*Head*', '```ssh -p 2222 ec2-user@203.0.113.7```'])
  })
  test('and an alarm are bold from their beginning to their end', () => {
    expect(said('a *b* c')).toEqual(['*a ∗b∗ c*'])
    expect(markupIn(alarmMessage({ NewStateValue: 'ALARM', AlarmDescription: 'a *b* c' }).blocks)[0]).toBe(
      '*ALARM: a ∗b∗ c*',
    )
  })
  test('that says nothing, or is none, is a message all the same', () => {
    for (const facts of [{}, null, 'text', 7]) expect(noticeMessage(facts).blocks.length).toBeGreaterThan(0)
  })
})

describe('The form', () => {
  test.each([
    ['lab look at the logs', 'lab', 'look at the logs'],
    ['  lab   look \t at ', 'lab', 'look at'],
    ['lab', 'lab', ''],
    ['labs look', undefined, 'labs look'],
    ['', undefined, ''],
  ])('takes %j for zone %s and reason %j', (given, zone, reason) => {
    expect(typed(given, zones)).toEqual({ ...(zone ? { zone: zones[0] } : {}), reason })
  })

  test('holds what was typed and the key that was given last; one zone alone is chosen', () => {
    const text = JSON.stringify(requestModal(zones.slice(0, 1), { reason: 'why', key: 'ssh-ed25519 AAAA' }))
    for (const part of ['"initial_value":"why"', '"initial_value":"ssh-ed25519 AAAA"', '"initial_option"'])
      expect(text).toContain(part)
    expect(JSON.stringify(requestModal(zones, {}))).not.toMatch(/initial_/)
  })

  test('offers no key that does not fit into its field', () => {
    expect(JSON.stringify(requestModal(zones, { key: 'A'.repeat(3_000) }))).toContain('AAAA')
    expect(JSON.stringify(requestModal(zones, { key: 'A'.repeat(3_001) }))).not.toContain('AAAA')
  })

  test('is read as it came, and what is wrong goes back beside its fields', () => {
    const values = {
      zone: { zone: { selected_option: { value: 'lab' } } },
      reason: { reason: { value: 'why' } },
      duration: { duration: { value: null } },
      key: { key: { value: 'ssh-ed25519 AAAA' } },
    }
    expect(termsIn({ state: { values } })).toEqual({
      zone: 'lab',
      reason: 'why',
      duration: undefined,
      key: 'ssh-ed25519 AAAA',
    })
    expect(termsIn(null)).toEqual({ zone: '', reason: '', duration: undefined, key: '' })
    expect(errorsOf({ key: 'x' })).toEqual({ response_action: 'errors', errors: { key: 'x' } })
  })

  test('for a reason reads it without the space around it', () => {
    const view = (value: unknown) => ({ state: { values: { reason: { reason: { value } } } } })
    expect([reasonIn(view(' why ')), reasonIn(view(null)), reasonIn(null)]).toEqual(['why', '', ''])
  })
})
