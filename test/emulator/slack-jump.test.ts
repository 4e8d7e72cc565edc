import { afterEach, describe, expect, test } from 'vitest'
import { useBrowser } from '../support/browser.ts'
import { ledger, slack } from '../support/cloud.ts'
import { ed25519, privateKey, rsa } from '../support/public-key.ts'
import {
  askInSlack,
  boxOf,
  buttonsOf,
  CHANNEL,
  direct,
  jump,
  linkIn,
  messageThat,
  noBoxes,
  openView,
  press,
  requestIn,
  requestOf,
  shown,
  submit,
  textOf,
  toldAlone,
  useSlack,
  visit,
} from '../support/slack-stage.ts'

/** A jump box from Slack: from the command to the box that is gone. */

useSlack()
const browser = useBrowser()
afterEach(noBoxes)

const KEY = ed25519()

/** What the form shows in each field before anything is typed. */
async function initial() {
  const { blocks } = shown(await openView('alice'))
  const values = blocks.flatMap((block) => {
    if (block.type !== 'input') return []
    const { element } = block
    if (element.type === 'static_select') return [[block.block_id, element.initial_option?.value]]
    return element.type === 'plain_text_input' ? [[block.block_id, element.initial_value]] : []
  })
  return Object.fromEntries(values) as Record<'zone' | 'reason' | 'duration' | 'key', string | undefined>
}

describe('the form', () => {
  test('is open when the command is answered, with the key that was given last', async () => {
    const known = (await ledger.keyOf('alice')) ?? undefined
    expect(await jump('alice')).toMatchObject({ status: 200, body: '', late: false })
    expect(shown(await openView('alice'))).toMatchObject({ type: 'modal', callback_id: 'jump-request' })
    expect(await initial()).toEqual({ zone: undefined, reason: undefined, duration: undefined, key: known })
    await submit('alice', { zone: 'lab', reason: 'look at the logs', key: `${KEY} alice@laptop` })
    expect(await jump('alice')).toMatchObject({ status: 200 })
    expect(await initial()).toMatchObject({ key: KEY })
  })

  test.each([
    ['lab some reason', 'lab', 'some reason'],
    ['lab', 'lab', undefined],
    ['labour is cheap', undefined, 'labour is cheap'],
    ['  vault   two  words ', 'vault', 'two words'],
    ['lab x', 'lab', 'x'],
    [`lab ${'long '.repeat(200)}`, 'lab', 'long '.repeat(100).trim()],
  ])('has what was typed behind the command: %j', async (typed, zone, reason) => {
    expect(await jump('alice', typed)).toMatchObject({ status: 200, body: '', late: false })
    const filled = await initial()
    expect({ zone: filled.zone, reason: filled.reason?.trim() }).toEqual({ zone, reason })
  })

  test('offers the zones that its person may have a box in, and no others', async () => {
    await jump('bob')
    const text = JSON.stringify(shown(await openView('bob')).blocks)
    expect(text).toContain('"value":"lab"')
    expect(text).not.toContain('vault')
  })

  test('says what is better than a box where only a shell is wanted', async () => {
    await jump('alice')
    expect(JSON.stringify(shown(await openView('alice')).blocks)).toContain('aws ssm start-session')
  })
})

describe('wrong input', () => {
  const fine = { zone: 'lab', reason: 'look at the logs', key: KEY }
  test.each([
    ['a private key', { key: privateKey() }, { key: /private key, which never leaves your machine/ }],
    ['an RSA key of 2048 bits', { key: rsa(2_048) }, { key: /2048 bits, which is too short/ }],
    ['two lines', { key: `${KEY}\n${KEY}` }, { key: /got 2 lines/ }],
    ['options before the key', { key: `command="sh" ${KEY}` }, { key: /something before the key/ }],
    ['half a key', { key: KEY.slice(0, 40) }, { key: /cut/ }],
    ['too long a duration', { duration: '2h1m' }, { duration: /5m to 120m/ }],
    ['a duration that is none', { duration: '-1h' }, { duration: /5m to 120m/ }],
    ['too short a reason', { reason: 'x ' }, { reason: /3 to 500 characters/ }],
    ['all at once', { reason: '', duration: '1s', key: 'no' }, { reason: /./, duration: /./, key: /other text/ }],
    ['a zone that is none', { zone: 'moon' }, { zone: /zones you may have a box in: lab, vault/ }],
  ])('%s is answered beside its field, and nothing is kept', async (_what, wrong, errors) => {
    const before = [await ledger.requestOf('alice', 'lab'), await ledger.keyOf('alice')]
    await jump('alice')
    const answer = await submit('alice', { ...fine, ...wrong }, true)
    expect(answer).toMatchObject({ status: 200, late: false })
    const view = await openView('alice')
    expect(view.errors).toEqual(
      Object.fromEntries(Object.entries(errors).map(([name, word]) => [name, expect.stringMatching(word)])),
    )
    // The form is there still, and takes what is right.
    expect(shown(view).callback_id).toBe('jump-request')
    expect([await ledger.requestOf('alice', 'lab'), await ledger.keyOf('alice')]).toEqual(before)
  })
})

test('from the command to the box, its extension, and its end', async () => {
  await jump('alice', 'lab')
  const answer = await submit('alice', { reason: 'look at <the> & "logs"', duration: '45m', key: KEY })
  expect(answer).toMatchObject({ status: 200, late: false })
  expect(shown(await openView('alice'))).toMatchObject({ callback_id: 'jump-asked' })
  const link = linkIn(await openView('alice'))
  const id = requestIn(link)

  // Previews of links look, and so does the person: nothing is claimed by that.
  for (let i = 0; i < 3; i++) expect(await visit(link)).toMatchObject({ status: 200 })
  const { page, seen } = await browser.open(link, { javaScript: false })
  const text = await page.locator('main').textContent()
  for (const one of ['alice', 'lab', 'look at <the> & "logs"', '45 minutes', '203.0.113.1']) expect(text).toContain(one)
  expect(await requestOf(id)).not.toHaveProperty('address')
  expect(await boxOf(id)).toEqual({ group: undefined, instance: undefined })

  await page.getByRole('button').click()
  await page.getByRole('status').waitFor()
  expect(await page.getByRole('status').textContent()).toMatch(/^The box is being opened/)
  expect(seen).toMatchObject({ violations: [], errors: [], failed: [] })
  expect(await requestOf(id)).toMatchObject({ person: 'alice', zone: 'lab', address: '203.0.113.1/32', key: KEY })

  const about = (channel: string, word: RegExp) =>
    messageThat(
      `${word} in ${channel}`,
      (one) =>
        one.channel === channel && word.test(one.text ?? '') && textOf(one).includes('look at &lt;the&gt; &amp;'),
    )
  const own = await about(direct('alice'), /^READY/)
  const public_ = await about(CHANNEL, /^READY/)
  const { group, instance } = await boxOf(id)
  expect(instance?.State?.Name).toBe('running')
  expect(group?.IpPermissions).toMatchObject([
    { FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '203.0.113.1/32' }], Ipv6Ranges: [] },
  ])
  for (const message of [own, public_]) {
    expect(textOf(message)).toContain(`\`\`\`ssh ec2-user@${instance!.PublicIpAddress}\`\`\``)
    expect(buttonsOf(message)).toEqual(['Extend', 'Close'])
    expect(textOf(message)).toContain('aws ec2 get-console-output')
  }

  // It was asked for 45 minutes; an hour is usual here, and two hours are the most.
  const { provenAt = '' } = await requestOf(id)
  const ends = (minutes: number) =>
    new Date(1_000 * (Math.floor(Date.parse(provenAt) / 1_000) + 60 * minutes)).toISOString()
  expect(textOf(public_)).toContain(`It ends at ${ends(45)}`)
  expect(await press('alice', own, 'extend')).toMatchObject({ status: 200, late: false })
  await toldAlone('alice', /^Extended: it ends at /)
  const extended = await messageThat(
    'the new end',
    (one) => one.ts === public_.ts && textOf(one).includes(`It ends at ${ends(105)}`),
  )
  expect(extended.versions.length).toBeGreaterThan(1)
  expect(buttonsOf(extended)).toEqual(['Extend', 'Close'])
  const { messages } = await slack.state()
  expect(messages.filter((one) => one.thread_ts === public_.ts).length).toBeGreaterThan(0)
  expect(messages.filter((one) => !one.thread_ts && textOf(one).includes(id))).toHaveLength(2)

  expect(await press('alice', own, 'close')).toMatchObject({ status: 200, late: false })
  await toldAlone('alice', /^Closed: gone/)
  for (const { ts } of [own, public_]) {
    const gone = await messageThat('the end', (one) => one.ts === ts && /^GONE/.test(one.text ?? ''))
    expect(buttonsOf(gone)).toEqual([])
    expect(textOf(gone)).toContain('alice closed it')
  }
  const after = await boxOf(id)
  expect(after.group).toBeUndefined()
  expect(after.instance?.State?.Name ?? 'terminated').toBe('terminated')
  expect(await visit(link)).toMatchObject({ status: 410, body: expect.stringContaining('alice closed it') })
})

test('an IPv6 address is let in alone', async () => {
  const { link, id } = await askInSlack('alice', { zone: 'lab', key: KEY })
  const shownPage = await visit(link, 'GET', '2001:db8:0:0::7')
  expect(shownPage.body).toContain('2001:db8::7')
  expect(await visit(link, 'POST', '198.51.100.7, 2001:db8:0:0::7')).toMatchObject({ status: 200 })
  expect(await requestOf(id)).toMatchObject({ address: '2001:db8::7/128' })
  const message = await messageThat('the box', (one) => /^READY/.test(one.text ?? '') && textOf(one).includes(id))
  const { group, instance } = await boxOf(id)
  expect(group?.IpPermissions).toMatchObject([{ IpRanges: [], Ipv6Ranges: [{ CidrIpv6: '2001:db8::7/128' }] }])
  const { Ipv6Address } = instance!.NetworkInterfaces![0]!.Ipv6Addresses![0]!
  expect(textOf(message)).toContain(`ssh ec2-user@${Ipv6Address}`)
})

test('who asks again joins the request that they have', async () => {
  const first = await askInSlack('alice', { zone: 'lab', key: KEY })
  const again = await askInSlack('alice', { zone: 'lab', key: KEY })
  expect(again.id).toBe(first.id)
  await visit(first.link, 'POST')
  await messageThat('the box', (one) => /^READY/.test(one.text ?? '') && textOf(one).includes(first.id))
  await jump('alice', 'lab again please')
  await submit('alice', { key: KEY })
  const text = JSON.stringify(shown(await openView('alice')).blocks)
  expect(text).toMatch(/You have asked for one already.*good until/)
  expect(text).not.toContain('"url"')
})
