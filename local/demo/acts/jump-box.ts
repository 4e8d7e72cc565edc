import { generateKeyPairSync } from 'node:crypto'
import { DescribeInstancesCommand, DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { type Cast, LEDGER, STAGE } from '#local/demo/cast.ts'
import { eventually } from '#local/demo/wait.ts'
import { publicUrls } from '#local/public-urls.ts'
import { slackOf } from '#local/slack.ts'
import { dynamodbLedger } from '#shared/aws/dynamodb-ledger.ts'
import { boxPage } from '#shared/jump/ask-for-box.ts'
import { boxName } from '#shared/responses/jump-box/world.ts'

/** From `/jump` in Slack to a box that is gone, in fast time: its end is moved, not waited for. */
export async function jumpBox(cast: Cast): Promise<void> {
  const { screen, cloud, dynamodb } = cast
  const slack = slackOf(cloud.slackUrl)
  const api = await publicUrls(cloud, STAGE)
  screen.command('/jump lab the logs of tonight')
  const typed = await slack.command({ url: `${api.local}/slack`, command: '/jump', text: 'lab the logs of tonight' })
  screen.say(`Slack has its answer after ${Math.round(typed.ms)} ms, and alice a form. She pastes her public key:`)
  const form = (await slack.state()).views.at(-1)!
  const values = {
    zone: { zone: 'lab' },
    reason: { reason: 'the logs of tonight' },
    key: { key: freshKey() },
  }
  await slack.submit({ url: `${api.local}/slack`, view_id: form.id, values })
  const asked = (await slack.state()).views.at(-1)!.versions.at(-1)!
  const link = /https:[^"]*\/jump\/[^"]*/.exec(JSON.stringify(asked.blocks))?.[0] ?? ''
  const id = /\/jump\/([0-9A-Z]{26})/.exec(link)?.[1] ?? ''
  const looked = await fetch(api.localOf(link))
  const [, address] = /<dd>(\d+\.\d+\.\d+\.\d+)<\/dd>/.exec(await looked.text()) ?? []
  screen.check(
    'a preview of the link shows who asks for what, and opens nothing',
    [looked.status, await alive(cast, id)],
    [200, 0],
  )
  await fetch(api.localOf(link), { method: 'POST' })
  const box = await eventually(() => boxOf(cast, id))
  screen.check(
    'the witness sees one box, with its metadata closed to all but tokens',
    [box?.count, box?.tokens],
    [1, 'required'],
  )
  screen.check('one address and one port may come in, and the rule says who, why, until when', box?.rules, [
    ['tcp', 22, `${address}/32`, true],
  ])
  const told = await eventually(async () => {
    const { messages } = await slack.state()
    return messages.find((one) => JSON.stringify(one.blocks).includes('ssh ec2-user@'))
  })
  screen.output(told?.text ?? 'nothing')

  screen.say('In fast time: its end is moved to two seconds from now, and its schedule with it.')
  const ledger = dynamodbLedger({ table: LEDGER, client: dynamodb, newId: () => id })
  const { request } = await ledger.recall(boxPage(id))
  const end = (Math.floor(Date.now() / 1_000) + 2) * 1_000
  await ledger.changeRequest({ ...request!, until: new Date(end).toISOString(), version: request!.version + 1 })
  await look(cast, id)
  const gone = await eventually(async () => ((await alive(cast, id)) === 0 ? Date.now() : null))
  screen.check('the witness sees it gone within two seconds of its end', gone !== null && gone - end <= 2_000, true)
  screen.check('and nothing of it left', await eventually(async () => ((await groups(cast, id)) === 0 ? 0 : null)), 0)
  const last = await eventually(async () => {
    const { messages } = await slack.state()
    return messages.find((one) => one.ts === told?.ts && /^GONE/.test(one.text ?? ''))
  })
  screen.check('the message in Slack says so, in its place', Boolean(last), true)
  const { violations } = await slack.state()
  screen.check("Slack's own SDK finds nothing wrong with any block", violations, [])
}

/** EC2 as the witness sees it: past the front door. */
const past = ({ cloud }: Cast): EC2Client =>
  new EC2Client({
    endpoint: cloud.motoUrl,
    region: cloud.region,
    credentials: { accessKeyId: 'witness', secretAccessKey: 'local' },
  })

async function instances(cast: Cast, id: string) {
  const Filters = [{ Name: 'client-token', Values: [boxName(STAGE, id)] }]
  const { Reservations = [] } = await past(cast).send(new DescribeInstancesCommand({ Filters }))
  return Reservations.flatMap(({ Instances = [] }) => Instances).filter((one) => one.State?.Name !== 'terminated')
}

const alive = async (cast: Cast, id: string): Promise<number> => (await instances(cast, id)).length

async function groupsOf(cast: Cast, id: string) {
  const Filters = [{ Name: 'group-name', Values: [boxName(STAGE, id)] }]
  return (await past(cast).send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups ?? []
}

const groups = async (cast: Cast, id: string): Promise<number> => (await groupsOf(cast, id)).length

async function boxOf(cast: Cast, id: string) {
  const [all, [group]] = await Promise.all([instances(cast, id), groupsOf(cast, id)])
  const rules = (group?.IpPermissions ?? []).flatMap(({ IpProtocol, FromPort, IpRanges = [] }) =>
    IpRanges.map(({ CidrIp, Description = '' }) => [
      IpProtocol,
      FromPort,
      CidrIp,
      /^alice: the logs of tonight, until \d{4}-/.test(Description),
    ]),
  )
  return all.length > 0 && rules.length > 0
    ? { count: all.length, tokens: all[0]!.MetadataOptions?.HttpTokens, rules }
    : null
}

async function look({ cloud, lambda }: Cast, subject: string): Promise<void> {
  const event = {
    portcullis: 'approved',
    id: 'demo',
    account: cloud.account,
    region: cloud.region,
    time: new Date(),
    subject,
  }
  await lambda.send(
    new InvokeCommand({ FunctionName: `portcullis-${STAGE}-keep-jump-boxes`, Payload: JSON.stringify(event) }),
  )
}

/** A public key as OpenSSH writes it. */
function freshKey(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const body = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.from(x, 'base64url'))])
  return `ssh-ed25519 ${body.toString('base64')} alice@laptop`
}
