import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { afterEach, describe, expect, test } from 'vitest'
import { unpack } from '#shared/aws/pack.ts'
import { linkToken } from '#shared/jump/link.ts'
import { useBrowser } from '../support/browser.ts'
import { account, dynamodb, ledger, region, TABLE, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { linesOf } from '../support/function-logs.ts'
import { ed25519 } from '../support/public-key.ts'
import { askInSlack, noBoxes, requestOf, useSlack, visit } from '../support/slack-stage.ts'

/** Links to prove an address by that are no good, or not for whoever opens them. */

useSlack()
const browser = useBrowser()
afterEach(noBoxes)

const KEY = ed25519()
const asked = () => askInSlack('alice', { zone: 'lab', key: KEY })
const SECRET = 'local-signing-secret'
const HERE = `${account}/${region}/${STAGE}`
const soon = () => Math.floor(Date.now() / 1_000) + 600

/** What the ledger keeps of refused links. */
async function audits(): Promise<readonly { subject: string; from: string; why: string }[]> {
  const { Items = [] } = await dynamodb.send(
    new ScanCommand({
      TableName: TABLE,
      FilterExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'audit#jump-box' } },
    }),
  )
  return Items.map((item) => unpack(unmarshall(item)) as never)
}

type Made = { readonly link: string; readonly id: string }
const withToken = ({ link }: Made, token: string) => link.replace(/[^/]+$/, token)

describe('a link that is no good', () => {
  const NONE = 'This is no link of ours'
  const cases: [string, (made: Made) => string | Promise<string>, number, string, string, boolean][] = [
    ['cut', ({ link }) => link.slice(0, -5), 404, NONE, 'malformed', false],
    ['of other text', (made) => withToken(made, 'hello'), 404, NONE, 'malformed', false],
    ['changed', ({ link }) => link.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), 404, NONE, 'forged', false],
    [
      'for another request',
      ({ link, id }) =>
        link.replace(
          id,
          id.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
        ),
      404,
      NONE,
      'forged',
      false,
    ],
    [
      'made longer',
      ({ link }) => link.replace(/\.(\d{10})\./, (_, ends) => `.${Number(ends) + 600}.`),
      404,
      NONE,
      'forged',
      false,
    ],
    [
      'signed by somebody else',
      (made) => withToken(made, linkToken({ request: made.id, ends: soon() }, 'guessed', HERE)),
      404,
      NONE,
      'forged',
      false,
    ],
    [
      'of another stage',
      (made) => withToken(made, linkToken({ request: made.id, ends: soon() }, SECRET, HERE.replace(/test$/, 'prod'))),
      404,
      NONE,
      'forged',
      false,
    ],
    [
      'of another region',
      (made) =>
        withToken(made, linkToken({ request: made.id, ends: soon() }, SECRET, HERE.replace(region, 'us-east-1'))),
      404,
      NONE,
      'forged',
      false,
    ],
    [
      'expired',
      (made) => withToken(made, linkToken({ request: made.id, ends: soon() - 601 }, SECRET, HERE)),
      410,
      'This link has expired',
      'expired',
      true,
    ],
    [
      'of no request',
      (made) => withToken(made, linkToken({ request: '01J00000000000000000000000', ends: soon() }, SECRET, HERE)),
      404,
      NONE,
      'unknown',
      false,
    ],
    [
      'used from another address',
      async ({ link }) => {
        expect(await visit(link, 'POST', '198.51.100.77')).toMatchObject({ status: 200 })
        return link
      },
      410,
      'This link has been used',
      'used',
      true,
    ],
    [
      'of a request that was closed',
      async ({ link }) => {
        await noBoxes()
        return link
      },
      410,
      'This request is over',
      'over',
      true,
    ],
  ]
  test.each(cases)('%s: a clear page, and a record of it', async (_what, change, status, title, why, isOurs) => {
    const made = await asked()
    const link = await change(made)
    const [address, since, before] = [(await requestOf(made.id)).address, Date.now(), (await audits()).length]
    const { page, seen } = await browser.open(link, { javaScript: false })
    expect(seen.answers).toEqual([`${status} GET ${link}`])
    expect(await page.title()).toBe(title)
    expect(await page.locator('h1').allTextContents()).toEqual([title])
    expect(await page.getByRole('alert').textContent()).toMatch(/\/jump in Slack/)
    expect(await page.locator('form, a, button').count()).toBe(0)
    expect(seen).toMatchObject({ violations: [], errors: [], failed: [] })
    // The same to whoever presses without having looked.
    expect(await visit(link, 'POST')).toMatchObject({ status })
    expect((await requestOf(made.id)).address).toBe(address)

    let visits = 2
    const lines = await until(
      'both to be recorded',
      async () => {
        const found = (await linesOf('prove-address', since)).filter((line) => line.message === 'Link refused')
        // A line that came too late for the log of its own run comes with the next one, here.
        if (found.length < 2) visits += (await visit(link)).status === status ? 1 : 0
        return found
      },
      (found) => found.length >= 2,
    )
    for (const line of lines) expect(line).toMatchObject({ why, from: '203.0.113.1' })
    const after = (await audits()).slice(before)
    expect(after).toHaveLength(isOurs ? visits : 0)
    for (const one of after) expect(one).toMatchObject({ subject: made.id, from: '203.0.113.1', why: `link ${why}` })
  })

  test.each(['127.0.0.1', '::1', 'fe80::1', '224.0.0.1', 'unknown'])(
    'from %s, which is nobody’s: nothing is proven',
    async (from) => {
      const { link, id } = await asked()
      expect(await visit(link, 'POST', from)).toMatchObject({
        status: 400,
        body: expect.stringContaining('role="alert"'),
      })
      expect(await requestOf(id)).not.toHaveProperty('address')
      expect(await ledger.requestOf('alice', 'lab')).toBe(id)
    },
  )

  test('of two who press at once, one has proven their address', async () => {
    const { link, id } = await asked()
    const answers = await Promise.all(
      ['198.51.100.1', '198.51.100.2', '198.51.100.1', '198.51.100.2'].map((from) => visit(link, 'POST', from)),
    )
    const { address } = await requestOf(id)
    expect(['198.51.100.1/32', '198.51.100.2/32']).toContain(address)
    const first = address === '198.51.100.1/32' ? [200, 410, 200, 410] : [410, 200, 410, 200]
    expect(answers.map(({ status }) => status)).toEqual(first)
  })
})
