import { request } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapLimit } from '#shared/kit/map-limit.ts'
import { account, control, invoke, ledger, region, slack, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { linesOf } from '../support/function-logs.ts'
import type { Hostile } from '../support/hostile-parts.ts'
import { hostile } from '../support/hostile-slack.ts'
import { apiUrl } from '../support/portcullis.ts'
import { ed25519 } from '../support/public-key.ts'
import {
  askInSlack,
  CHANNEL,
  endpoint,
  messageThat,
  noBoxes,
  requestOf,
  textOf,
  USERS,
  useSlack,
  visit,
} from '../support/slack-stage.ts'

/** A thousand requests that nobody should send: none is accepted, none breaks anything, and of each it is known why. */

useSlack()
const HOW_MANY = 1_000
const FUNCTIONS = ['answer-slack', 'prove-address', 'operators-api'] as const

/** Sends it as it is; `fetch` would not send a header twice. */
const send = (base: string, { method, path, headers, body }: Hostile): Promise<number> =>
  new Promise((resolve, reject) => {
    const given = { ...headers, 'content-length': Buffer.byteLength(body) }
    const sent = request(base + path, { method, headers: given as never }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.once('error', reject)
    sent.end(body)
  })

const SWITCHES = {
  routeKey: 'GET /switches',
  requestContext: {
    http: { sourceIp: '203.0.113.1' },
    authorizer: { iam: { userArn: 'arn:aws:iam::123456789012:user/test' } },
  },
}

/**
 * Asks each function something harmless, as often as there may be processes of it: what one wrote too late for the log of
 * its own run, the local cloud hands over with its next one.
 */
async function stir(link: string): Promise<void> {
  const body = 'ssl_check=1'
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...(await slack.sign({ body })) }
  await Promise.all([
    ...Array.from({ length: 12 }, () => fetch(endpoint, { method: 'POST', headers, body })),
    ...Array.from({ length: 12 }, () => visit(link)),
    ...Array.from({ length: 4 }, () => invoke(`portcullis-${STAGE}-operators-api`, SWITCHES)),
  ])
}

/** All that could have come of them. */
async function world() {
  const [requests, incidents, { calls, views, messages, ephemerals }, made] = await Promise.all([
    Promise.all(
      ['alice', 'bob', 'carol'].flatMap((who) => ['lab', 'vault'].map((zone) => ledger.requestOf(who, zone))),
    ),
    Promise.all((['open', 'held', 'closed'] as const).map((status) => ledger.incidents(status, 10_000))),
    slack.state(),
    control.calls(),
  ])
  return {
    requests,
    incidents: incidents
      .flat()
      .map(({ id }) => id)
      .sort(),
    slack: [calls.length, views.length, messages.length, ephemerals.length],
    changes: made.filter(({ service, action }) => service === 'ec2' && !/^Describe|^Get/.test(action)).length,
  }
}

test(`${HOW_MANY} hostile requests: nothing comes of them, and each has its reason`, async () => {
  const open = await askInSlack('alice', { zone: 'lab', key: ed25519() })
  await visit(open.link, 'POST')
  await messageThat(
    'the box',
    (one) => one.channel === CHANNEL && /^READY/.test(one.text ?? '') && textOf(one).includes(open.id),
  )
  const waiting = await askInSlack('carol', { zone: 'lab', key: ed25519() })
  const { sent: done } = await slack.command({ url: `${await apiUrl()}/slack`, command: '/help', user: USERS.alice })
  const prey = {
    ...{ secret: 'local-signing-secret', team: 'T0123PORTC', place: `${account}/${region}/${STAGE}` },
    ...{ box: open.id, link: waiting.link, done },
  }
  const base = await apiUrl()
  // What the box itself has set off comes to rest.
  let before = await world()
  await until(
    'the cloud to come to rest',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      const now = await world()
      const isSame = JSON.stringify(now) === JSON.stringify(before)
      before = now
      return isSame
    },
    (isSame) => isSame,
  )

  const all = fc.sample(hostile(prey), { numRuns: HOW_MANY, seed: 6 })
  const since = Date.now()
  const statuses = await mapLimit(all, 20, (one) => send(base, one))
  const broken = all.flatMap((one, i) => (statuses[i]! >= 500 || statuses[i] === 0 ? [[one.what, statuses[i]]] : []))
  expect(broken).toEqual([])

  // Of each request exactly one line: which function, and why.
  const countOf = (texts: readonly string[]) => {
    const counts: Record<string, number> = {}
    for (const text of texts.toSorted()) counts[text] = (counts[text] ?? 0) + 1
    return counts
  }
  const lines = async () => {
    const found = await Promise.all(
      FUNCTIONS.map(async (name) => (await linesOf(name, since)).map((line) => ({ ...line, name }))),
    )
    return found.flat()
  }
  const refused = async () =>
    (await lines()).filter(({ message }) => message === 'Slack request refused' || message === 'Link refused')
  const recorded = async () => {
    await stir(waiting.link)
    return refused()
  }
  // What is missing is shown by the comparison.
  await until('all to be recorded', recorded, (some) => some.length >= HOW_MANY, 10).catch(() => {})
  expect(countOf((await refused()).map(({ name, why }) => `${name}: ${why}`))).toEqual(
    countOf(all.map(({ by, why }) => `${by}: ${why}`)),
  )
  expect((await lines()).filter(({ level }) => level === 'error')).toEqual([])

  expect(await world()).toEqual(before)
  expect(await requestOf(waiting.id)).not.toHaveProperty('address')
  // Slack and the link are still good.
  expect(await visit(waiting.link)).toMatchObject({ status: 200 })
  await noBoxes()
}, 120_000)
