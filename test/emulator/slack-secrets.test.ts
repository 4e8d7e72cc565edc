import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { calm, closed, lambda, newGroup, open, options, slack, until, verdictOf } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { linesOf } from '../support/function-logs.ts'
import { deadLetters, mailbox } from '../support/mail.ts'
import { as } from '../support/portcullis.ts'
import { ed25519 } from '../support/public-key.ts'
import {
  askInSlack,
  CHANNEL,
  jump,
  messageThat,
  noBoxes,
  openView,
  requestOf,
  shown,
  textOf,
  useSlack,
  visit,
} from '../support/slack-stage.ts'

/** Slack's secrets: changed while they are in use, and none at all. */

useSlack()
const KEY = ed25519()
const ssm = new SSMClient(options)
const nameOf = (secret: string) => `/portcullis/${STAGE}/slack/${secret}`
const keep = (secret: string, Value: string) =>
  ssm.send(new PutParameterCommand({ Name: nameOf(secret), Type: 'SecureString', Overwrite: true, Value }))
const SIGNING = 'local-signing-secret'
const TOKEN = 'xoxb-local-bot'

let letters = 0
beforeEach(async () => {
  letters = (await deadLetters()).length
})
afterEach(async () => {
  await calm()
  await noBoxes()
  expect((await deadLetters()).slice(letters)).toEqual([])
})

/** The message about a group, once it is as hoped for. */
const about = (group: string, word = /./) =>
  messageThat(
    `${word} of ${group}`,
    (one) => one.channel === CHANNEL && textOf(one).includes(group) && word.test(one.text ?? ''),
    30,
  )

async function newDoor(): Promise<string> {
  const group = await newGroup()
  await open(group)
  return group
}

/** The functions start anew: what they know of secrets by now would be tried for a while by the files that come next. */
async function forget(): Promise<void> {
  for (const name of ['answer-slack', 'prove-address', 'tell-slack', 'operators-api']) {
    const FunctionName = `portcullis-${STAGE}-${name}`
    const { Timeout } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout }))
  }
}

describe('secrets change while they are in use', () => {
  beforeAll(async () => {
    await keep('bot-token', `xoxb-new\n${TOKEN}`)
    await keep('signing-secret', `newly-made-secret\n${SIGNING}`)
    // What a function has read just before is read anew at most every ten seconds, whatever is sent to us.
    await sleep(10_500)
  })
  afterAll(async () => {
    await keep('bot-token', TOKEN)
    await keep('signing-secret', SIGNING)
    await slack.tokens({ bot: TOKEN })
    await slack.secret(SIGNING)
    await forget()
  })

  test('a bot token: the new one beside the old, then the old is revoked', async () => {
    await slack.tokens({ bot: TOKEN, new: 'xoxb-new' })
    await about(await newDoor())
    await slack.tokens({ new: 'xoxb-new' }, [TOKEN])
    await about(await newDoor())
    await jump('alice')
    expect(shown(await openView('alice')).callback_id).toBe('jump-request')
    // Where the old one is the first line, it is no harm.
    await keep('bot-token', `${TOKEN}\nxoxb-new`)
    await about(await newDoor())
  })

  test('the signing secret: no request is refused, and links that are out stay good', async () => {
    const since = Date.now()
    const { link, id } = await askInSlack('alice', { zone: 'lab', key: KEY })
    const types = async () => {
      const { status } = await jump('bob')
      expect(status).toBe(200)
      return shown(await openView('bob')).callback_id
    }
    expect(await types()).toBe('jump-request')
    await slack.secret('newly-made-secret')
    expect(await types()).toBe('jump-request')
    expect(await visit(link)).toMatchObject({ status: 200 })
    const fresh = await askInSlack('carol', { zone: 'lab', key: KEY })
    await keep('signing-secret', 'newly-made-secret')
    expect(await types()).toBe('jump-request')
    expect(await visit(fresh.link, 'POST')).toMatchObject({ status: 200 })
    expect(await requestOf(fresh.id)).toMatchObject({ address: '203.0.113.1/32' })
    expect(await requestOf(id)).not.toHaveProperty('address')
    const refused = [...(await linesOf('answer-slack', since)), ...(await linesOf('prove-address', since))]
    expect(refused.filter(({ level }) => level !== 'info')).toEqual([])
  })
})

test('without any token of Slack’s, all else works, and what Slack was to be told is kept', async () => {
  await ssm.send(new DeleteParameterCommand({ Name: nameOf('bot-token') }))
  await slack.tokens({}, [TOKEN, 'xoxb-new'])
  const file = join(mkdtempSync(join(tmpdir(), 'portcullis-key-')), 'key.pub')
  writeFileSync(file, KEY)
  try {
    const mail = await mailbox()
    const group = await newDoor()
    await closed(group)
    await verdictOf(group, 'contained')
    await until('the notice', mail.read, (all) => all.some((one) => one.facts.subject === group))
    // Slack shows whoever types that it failed.
    expect(await jump('alice')).toMatchObject({ status: 500, late: false })
    const alice = as('alice')
    const opened = await alice('jump', 'open', '--zone', 'lab', '--reason', 'look at the logs', '--key', file, '--json')
    expect(opened).toMatchObject({ code: 0 })
    const { request, verdict } = JSON.parse(opened.out) as { request: { id: string }; verdict: string }
    expect(verdict).toBe('ready')
    expect(await alice('jump', 'close', request.id)).toMatchObject({ code: 0 })
    const kept = await until('what Slack did not take', deadLetters, (all) => all.length > letters, 30)
    expect(kept.at(-1)!.sentence).toMatch(/^slack-failed: /)
  } finally {
    await keep('bot-token', TOKEN)
    await slack.tokens({ bot: TOKEN })
    await forget()
    letters = Number.POSITIVE_INFINITY
  }
})
