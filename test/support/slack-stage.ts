import { DescribeInstancesCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, expect, inject } from 'vitest'
import type { SlackAnswer, SlackMessage, SlackShownView, SlackView, Values } from '#local/slack.ts'
import { boxPage } from '#shared/jump/ask-for-box.ts'
import type { BoxRequest } from '#shared/jump/box-request.ts'
import { approval } from '#shared/operators/invoke.ts'
import { boxName } from '#shared/responses/jump-box/world.ts'
import { account, ec2, invoke, ledger, region, slack, until, url } from './cloud.ts'
import { STAGE } from './cloud-setup.ts'
import { localUrl } from './local-url.ts'
import { apiUrl } from './portcullis.ts'

/** People at the local Slack who use the deployed functions. */

export const USERS = { alice: 'U0123ALICE', bob: 'U0123BOB00', carol: 'U0123CAROL', mallory: 'U0123MALLO' } as const
export type User = keyof typeof USERS
/** The channel of the policy. */
export const CHANNEL = 'C0123SECOP'
/** Somebody's direct messages. */
export const direct = (user: User): string => `D${USERS[user].slice(1)}`
export const KEEPER = `portcullis-${STAGE}-keep-jump-boxes`

/** Where Slack sends what people do; there once `useSlack` has run. */
export let endpoint: string

/** Has a Slack that remembers nothing, and looks at the end whether it would have taken all that was shown to it. */
export function useSlack(): void {
  beforeAll(async () => {
    endpoint = `${await apiUrl()}/slack`
    await slack.reset()
    await noBoxes()
  })

  afterAll(async () => {
    expect((await slack.state()).violations).toEqual([])
  })
}

/** Closes whatever anybody has or has asked for, and waits until it is gone. */
export async function noBoxes(): Promise<void> {
  for (const person of ['alice', 'bob', 'carol'])
    for (const zone of ['lab', 'vault']) {
      const id = await ledger.requestOf(person, zone)
      if (id) await closeQuietly(id)
    }
}

async function closeQuietly(id: string): Promise<void> {
  for (;;) {
    const { request, open } = await ledger.recall(boxPage(id))
    const closed = { at: new Date().toISOString(), by: { name: 'test' } }
    if (
      request &&
      !request.closed &&
      !(await ledger.changeRequest({ ...request, closed, version: request.version + 1 }))
    )
      continue
    if (open) await look(id)
    return
  }
}

/** Has the keeper of jump boxes look at a request, and waits for it. */
export const look = (id: string) =>
  invoke(KEEPER, approval(`test-${Date.now()}`, id, new Date().toISOString(), { account, region }))

/** What the ledger knows of a request. */
export const requestOf = async (id: string): Promise<BoxRequest> => (await ledger.recall(boxPage(id))).request!

/** What there is of a box in EC2. */
export async function boxOf(id: string) {
  const named = (Name: string) => ({ Filters: [{ Name, Values: [boxName(STAGE, id)] }] })
  const [{ SecurityGroups = [] }, { Reservations = [] }] = await Promise.all([
    ec2.send(new DescribeSecurityGroupsCommand(named('group-name'))),
    ec2.send(new DescribeInstancesCommand(named('client-token'))),
  ])
  return { group: SecurityGroups[0], instance: Reservations.flatMap(({ Instances = [] }) => Instances)[0] }
}

/** Types `/jump …`. */
export const jump = (user: User, text = ''): Promise<SlackAnswer> =>
  slack.command({ url: endpoint, command: '/jump', user: USERS[user], text })

/** The form that somebody has before them. */
export async function openView(user: User): Promise<SlackView> {
  const { views } = await slack.state()
  const view = views.findLast((one) => one.open && one.user === USERS[user])
  if (!view) throw new Error(`Expected ${user} to have a form before them.`)
  return view
}

export const shown = (view: SlackView): SlackShownView => view.versions.at(-1)!

/** Fills in the form that somebody has before them, and sends it off. */
export async function submit(
  user: User,
  values: Readonly<Record<string, string>>,
  force = false,
): Promise<SlackAnswer> {
  const { id } = await openView(user)
  const filled: Values = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { [name]: value }]))
  return slack.submit({ url: endpoint, user: USERS[user], view_id: id, values: filled, force })
}

/** The link in the form that was sent off. */
export function linkIn(view: SlackView): string {
  const button = JSON.stringify(shown(view).blocks)
  const [, link] = /"url":"([^"]+)"/.exec(button) ?? []
  if (!link) throw new Error(`Expected a link in ${button}.`)
  return link
}

export const requestIn = (link: string): string => /\/jump\/([0-9A-Z]{26})\./.exec(link)![1]!

/** Asks for a box in Slack, up to the link. */
export async function askInSlack(user: User, values: Readonly<Record<string, string>>) {
  await jump(user)
  const answer = await submit(user, { reason: 'look at the logs', ...values })
  expect(answer).toMatchObject({ status: 200, late: false, body: expect.stringContaining('"update"') })
  const link = linkIn(await openView(user))
  return { link, id: requestIn(link) }
}

/** Opens a link, or presses the button behind it (`POST`), by default from where every unsigned call comes from here. */
export async function visit(link: string, method: 'GET' | 'POST' = 'GET', from?: string) {
  // Past the front door a request comes from where its last header says, as API Gateway writes it.
  const to = from ? localUrl(link).replace(url, inject('cloud').ministackUrl) : localUrl(link)
  const response = await fetch(to, {
    method,
    redirect: 'manual',
    headers: {
      ...(from ? { 'x-forwarded-for': from } : {}),
      ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

/** The message about an incident's subject, once it is as hoped for. */
export async function messageThat(
  what: string,
  isSo: (message: SlackMessage) => boolean,
  seconds = 20,
): Promise<SlackMessage> {
  const found = await until(
    what,
    async () => (await slack.state()).messages.filter((one) => !one.thread_ts),
    (all) => all.some(isSo),
    seconds,
  )
  return found.findLast(isSo)!
}

export const textOf = (message: Pick<SlackMessage, 'blocks'>): string => JSON.stringify(message.blocks)

/** The labels of a message's buttons. */
export const buttonsOf = (message: Pick<SlackMessage, 'blocks'>): string[] =>
  message.blocks.flatMap((block) =>
    block.type === 'actions' ? block.elements.flatMap((one) => (one.type === 'button' ? [one.text.text] : [])) : [],
  )

/** Presses a button of a message. */
export const press = (user: User, { channel, ts }: SlackMessage, action_id: string): Promise<SlackAnswer> =>
  slack.press({ url: endpoint, user: USERS[user], message: { channel, ts }, action_id })

const heard = new Set<string>()

/** Waits until somebody alone is told that, which no test has heard before. */
export async function toldAlone(user: User, word: RegExp): Promise<string> {
  const isIt = ({ user: to, text, ts }: SlackMessage) => to === USERS[user] && word.test(text ?? '') && !heard.has(ts)
  const all = await until(
    `${user} to be told ${word}`,
    async () => (await slack.state()).ephemerals.filter((one) => !heard.has(one.ts)),
    (some) => some.some(isIt),
  )
  const one = all.find(isIt)!
  heard.add(one.ts)
  return one.text ?? ''
}

/** Presses a button that wants a reason, and gives it. */
export async function pressWithReason(user: User, message: SlackMessage, action_id: string, reason: string) {
  const pressed = await press(user, message, action_id)
  expect(pressed).toMatchObject({ status: 200, late: false })
  return submit(user, { reason })
}
