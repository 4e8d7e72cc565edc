import type { Cast } from '#local/demo/cast.ts'
import { STAGE } from '#local/demo/cast.ts'
import { aws, portcullis } from '#local/demo/commands.ts'
import { checkClosed, noteDoor, throughDoor } from '#local/demo/door.ts'
import { showTimeline, stagesOf } from '#local/demo/timeline.ts'
import { eventually } from '#local/demo/wait.ts'
import type { Received } from '#local/demo/witness.ts'
import { KEYS } from '#local/principals.ts'

/** SSH for the whole world, with the AWS CLI: closed, proven, written down, told. */
export async function firstDoor(cast: Cast): Promise<void> {
  const { cloud, screen } = cast
  const group = await cast.newGroup('bastion')
  const rule = ['--protocol', 'tcp', '--port', '22', '--cidr', '0.0.0.0/0']
  const args = ['ec2', 'authorize-security-group-ingress', '--group-id', group, ...rule]
  screen.command(`aws ${args.join(' ')}`)
  const door = await throughDoor(cast, group, async () => {
    const { code, output } = await aws(cloud, KEYS.mallory, args)
    screen.check('EC2 answered the AWS CLI with success', code === 0 ? 0 : output, 0)
  })
  const stages = stagesOf(door)
  showTimeline(screen, stages)
  checkClosed(cast, door, ['tcp/22 from 0.0.0.0/0'])
  const times = stages.flatMap(({ ms }) => ms ?? [])
  screen.check(
    'every stage was reached, one after the other',
    [stages.filter(({ ms }) => ms !== null).map(({ name }) => name), times],
    [['event', 'delivered', 'decided', 'applied', 'verified'], times.toSorted((a, b) => a - b)],
  )
  noteDoor(cast, 'tcp/22 from 0.0.0.0/0, by the AWS CLI', door)
  await showLedger(cast, door.incident?.head.id ?? '')
  await showNotice(cast, door.incident?.head.id)
}

async function showLedger({ cloud, screen }: Cast, incident: string): Promise<void> {
  screen.command(`npx portcullis show ${incident} --stage ${STAGE}`)
  const { code, output } = await portcullis(cloud, KEYS.alice, ['show', incident, '--stage', STAGE])
  screen.output(output)
  const story = ['opened', 'intended', 'done', 'verified']
  const told = output.split('\n').map((line) => line.trim().split(/\s+/)[1] ?? '')
  screen.check(
    'the ledger tells intent before outcome',
    [code, ...told.filter((what) => story.includes(what))],
    [0, ...story],
  )
}

async function showNotice({ screen, witness }: Cast, incident: string | undefined): Promise<void> {
  const came: Received[] = []
  const notice = await eventually(async () => {
    came.push(...(await witness.notices()))
    return came.find(({ facts }) => facts.incident === incident)
  }, 5_000)
  screen.say('What SNS delivered to a queue that is subscribed to the notices:')
  screen.output(notice ? `${notice.subject}\n\n${notice.facts.text}` : 'nothing')
  screen.check(
    'one notice came, of this incident, and says contained',
    came.map(({ facts }) => [facts.incident, facts.verdict]),
    [[incident, 'contained']],
  )
}
