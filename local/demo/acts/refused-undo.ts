import { AuthorizeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import { type Cast, STAGE } from '#local/demo/cast.ts'
import { portcullis } from '#local/demo/commands.ts'
import { checkClosed, eventOf, noteDoor, throughDoor } from '#local/demo/door.ts'
import { storyOf } from '#local/demo/story.ts'
import { showBriefly, stagesOf } from '#local/demo/timeline.ts'
import { KEYS } from '#local/principals.ts'

const CHANGE = 'tcp/3389 from 10.20.0.0/16: before absent; we left absent; now present "the VPN"'

/** Somebody has changed the group since: an undo would overwrite it, so it says what changed and does nothing. */
export async function refusedUndo(cast: Cast): Promise<void> {
  const { cloud, screen, witness } = cast
  const group = await cast.newGroup('desktop')
  const authorize = (key: string, CidrIp: string, Description?: string) =>
    cast.ec2(key).send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: group,
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 3389,
            ToPort: 3389,
            IpRanges: [{ CidrIp, ...(Description === undefined ? {} : { Description }) }],
          },
        ],
      }),
    )
  screen.say('mallory opens tcp/3389 from 0.0.0.0/0')
  const door = await throughDoor(cast, group, () => authorize(KEYS.mallory, '0.0.0.0/0'))
  showBriefly(screen, stagesOf(door))
  checkClosed(cast, door, ['tcp/3389 from 0.0.0.0/0'])
  noteDoor(cast, 'tcp/3389 from 0.0.0.0/0, undo refused', door)

  screen.say('alice lets the VPN in instead: tcp/3389 from 10.20.0.0/16 "the VPN"')
  await storyOf(cast, await eventOf(cast, group, () => authorize(KEYS.alice, '10.20.0.0/16', 'the VPN')))
  const before = await witness.rules(group)
  const args = ['undo', door.incident?.head.id ?? '', '--stage', STAGE, '--reason', 'works again']
  screen.command(`npx portcullis ${args.slice(0, -1).join(' ')} "works again"`)
  const { code, output } = await portcullis(cloud, KEYS.alice, args)
  screen.output(output)
  screen.check('it ends with exit code 3, refused', code, 3)
  screen.check('it says how the rule was, how we left it, and how it is now', output.includes(CHANGE) || output, true)
  screen.check('the witness sees that nothing was changed', await witness.rules(group), before)
}
