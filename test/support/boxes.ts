import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeInstancesCommand, DescribeSecurityGroupsCommand, type Instance } from '@aws-sdk/client-ec2'
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { boxPage } from '#shared/jump/ask-for-box.ts'
import type { BoxAnswer } from '#shared/operators/jumps.ts'
import { boxName } from '#shared/responses/jump-box/world.ts'
import { account, control, ec2, invoke, ledger, options, region, sweep, until } from './cloud.ts'
import { STAGE } from './cloud-setup.ts'
import { as } from './portcullis.ts'

/** Jump boxes of the deployed stage, as people ask for them and as AWS shows them. */

export const KEEPER = `portcullis-${STAGE}-keep-jump-boxes`
const folder = mkdtempSync(join(tmpdir(), 'portcullis-keys-'))
const files = new Map<string, string>()

/** The file of a fresh public key, one for each name. */
export function publicKey(name: string, ...type: readonly string[]): string {
  const kind = type.length > 0 ? type : ['-t', 'ed25519']
  const file = join(folder, [name, ...kind].join(''))
  if (!files.has(file)) execFileSync('ssh-keygen', ['-q', ...kind, '-N', '', '-C', `${name}@laptop`, '-f', file])
  files.set(file, `${file}.pub`)
  return files.get(file)!
}

/** Asks for a box at the command line; the answer is what the command printed. */
export async function opened(who: string, zone = 'lab', ...more: readonly string[]): Promise<BoxAnswer> {
  const args = ['jump', 'open', '--zone', zone, '--reason', 'look at the logs', '--key', publicKey(who), ...more]
  const { code, out, error } = await as(who)(...args, '--json')
  if (code !== 0) throw new Error(`Expected jump open to succeed; it ended with ${code}: ${error}`)
  return JSON.parse(out) as BoxAnswer
}

export async function instancesOf(id: string): Promise<Instance[]> {
  const Filters = [{ Name: 'client-token', Values: [boxName(STAGE, id)] }]
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }))
  return Reservations.flatMap(({ Instances = [] }) => Instances)
}

export const stateOf = async (id: string): Promise<string | undefined> => (await instancesOf(id))[0]?.State?.Name

export async function groupOf(id: string) {
  const Filters = [{ Name: 'group-name', Values: [boxName(STAGE, id)] }]
  return (await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups?.[0]
}

/** When the box's schedule fires; null where there is none. */
export async function scheduleOf(id: string): Promise<string | null> {
  const named = { GroupName: `portcullis-${STAGE}`, Name: boxName(STAGE, id) }
  return new SchedulerClient(options)
    .send(new GetScheduleCommand(named))
    .then(({ ScheduleExpression = '' }) => ScheduleExpression)
    .catch((error: Error) => {
      if (error.name === 'ResourceNotFoundException') return null
      throw error
    })
}

/** Has a box end so many seconds from now: as if its time had been counted so from the first. */
export async function endsIn(id: string, seconds: number): Promise<number> {
  const { request } = await ledger.recall(boxPage(id))
  const at = (Math.floor(Date.now() / 1_000) + seconds) * 1_000
  await ledger.changeRequest({ ...request!, until: new Date(at).toISOString(), version: request!.version + 1 })
  await look(id)
  return at
}

/** Has the responder look at a box. */
export const look = (id: string) =>
  invoke(KEEPER, {
    portcullis: 'approved',
    id: `look-${Math.random()}`,
    account,
    region,
    time: new Date().toISOString(),
    subject: id,
  })

export const sweepBoxes = () => sweep(KEEPER)

/** Waits until nothing of the box is left. */
export const gone = (id: string, seconds = 20) =>
  until(
    `nothing to be left of ${id}`,
    async () => ({ state: await stateOf(id), group: (await groupOf(id))?.GroupId, schedule: await scheduleOf(id) }),
    ({ state, group, schedule }) => (state === undefined || state === 'terminated') && !group && schedule === null,
    seconds,
  )

/** The head of the box's incident, closed or not. */
export async function incidentOf(id: string) {
  const all = await Promise.all((['open', 'held', 'closed'] as const).map((status) => ledger.incidents(status, 1_000)))
  return all.flat().find((head) => head.response === 'jump-box' && head.subject === id)
}

/** The calls of the keeper since a moment, in the order of their answers. */
export const keeperCalls = async (since = 0) =>
  (await control.calls()).filter(({ app, at }) => app === 'keep-jump-boxes' && at >= since)
