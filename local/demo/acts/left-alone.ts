import { AuthorizeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import type { Cast } from '#local/demo/cast.ts'
import { eventOf, noteDoor, throughDoor } from '#local/demo/door.ts'
import { incidentOf, storyOf } from '#local/demo/story.ts'
import { showBriefly, showTimeline, stagesOf } from '#local/demo/timeline.ts'
import { KEYS } from '#local/principals.ts'

/** Doors that are none of ours: a call that failed, a web server, a private network. */
export async function leftAlone(cast: Cast): Promise<void> {
  await refusedCall(cast)
  await allowed(cast, 'web', 443, '0.0.0.0/0', 'the policy allows it')
  await allowed(cast, 'office', 22, '10.0.0.0/8', 'no public address is in it')
}

async function allowed(cast: Cast, name: string, port: number, cidr: string, why: string): Promise<void> {
  const { screen, witness } = cast
  const says = `tcp/${port} from ${cidr}`
  screen.say(`${says}: ${why}`)
  const group = await cast.newGroup(name)
  const door = await throughDoor(cast, group, () => authorize(cast, group, port, cidr))
  showBriefly(screen, stagesOf(door))
  screen.check('the responder judged it and did nothing', [door.counted?.outcome, door.incident], ['settled', null])
  screen.check(
    'the witness still sees it',
    (await witness.rules(group)).map((rule) => rule.says),
    [says],
  )
  noteDoor(cast, says, door)
}

/** EventBridge's pattern keeps failed calls from the function: no work, no cost, no noise. */
async function refusedCall(cast: Cast): Promise<void> {
  const { control, screen, witness } = cast
  screen.say('tcp/22 from 0.0.0.0/0, but IAM refuses the call')
  const group = await cast.newGroup('refused')
  const action = { service: 'ec2', action: 'AuthorizeSecurityGroupIngress', resource: group } as const
  await control.break({ ...action, kind: 'error', status: 403, code: 'UnauthorizedOperation', message: 'Not you.' })
  let answer = 'success'
  const emitted = await eventOf(cast, group, () =>
    authorize(cast, group, 22, '0.0.0.0/0').catch((error: Error) => {
      answer = error.name
    }),
  )
  await control.break()
  const story = await storyOf(cast, emitted, 700)
  showTimeline(screen, stagesOf(story))
  screen.check('EC2 refused the call', answer, 'UnauthorizedOperation')
  const calls = (await control.calls()).filter(({ app, at }) => app === 'close-open-ingress' && at >= emitted.at)
  screen.check(
    'its record was delivered, no function made a call because of it, and no incident was opened',
    [story.emitted.fate, calls.length, await incidentOf(cast, group)],
    ['delivered', 0, null],
  )
  screen.check('the witness sees no rule', await witness.rules(group), [])
}

const authorize = (cast: Cast, GroupId: string, port: number, CidrIp: string): Promise<unknown> =>
  cast
    .ec2(KEYS.mallory)
    .send(
      new AuthorizeSecurityGroupIngressCommand({ GroupId, IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp }),
    )
