import { AuthorizeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import { type Cast, STAGE } from '#local/demo/cast.ts'
import { portcullis } from '#local/demo/commands.ts'
import { checkClosed, eventOf, noteDoor, throughDoor } from '#local/demo/door.ts'
import { storyOf } from '#local/demo/story.ts'
import { sweepNow } from '#local/demo/sweep.ts'
import { showBriefly, stagesOf } from '#local/demo/timeline.ts'
import { KEYS } from '#local/principals.ts'

const DOOR = 'tcp/5432 from 0.0.0.0/0 "partners import until Friday" [team=data, ticket=4711]'

/** A door that was meant to be open: one command puts it back exactly, and it is left alone for a time. */
export async function putBack(cast: Cast): Promise<void> {
  const { cloud, screen, witness } = cast
  const group = await cast.newGroup('import')
  screen.say(`alice opens ${DOOR}`)
  const door = await throughDoor(cast, group, () => openWithTags(cast, group))
  showBriefly(screen, stagesOf(door))
  checkClosed(cast, door, [DOOR])
  noteDoor(cast, 'tcp/5432 from 0.0.0.0/0, then put back', door)

  const id = door.incident?.head.id ?? ''
  const reason = 'partners deliver until Friday'
  screen.command(`npx portcullis undo ${id} --stage ${STAGE} --reason "${reason}" --for 2h`)
  const args = ['undo', id, '--stage', STAGE, '--reason', reason, '--for', '2h']
  let ran = { code: 0 as number | string, output: '' }
  const back = await eventOf(cast, group, async () => {
    ran = await portcullis(cloud, KEYS.alice, args)
  })
  screen.output(ran.output)
  const [was, now] = [door.sightings[0]?.id, await witness.rules(group)]
  screen.check(
    'the witness sees it again, with its description and tags',
    now.map(({ says }) => says),
    [DOOR],
  )
  screen.check(
    'the command says exact, and names the old id and the new one',
    [ran.code, /^Undone \((.*?)\)/.exec(ran.output)?.[1], ran.output.includes(`${was} is now ${now[0]?.id}`)],
    [0, 'exact', true],
  )
  screen.check('it is a new id', now[0]?.id !== was, true)

  const { counted } = await storyOf(cast, back)
  screen.check("the event of the undo's own call is spared", counted?.outcome, 'spared')
  screen.say('A sweep over all groups, right after:')
  const { answer } = await sweepNow(cast)
  screen.check('the sweep spares it, by the recorded grace', answer, 'spared')
  screen.check('the witness still sees it, under the same id', await witness.rules(group), now)
}

const openWithTags = (cast: Cast, GroupId: string): Promise<unknown> =>
  cast.ec2(KEYS.alice).send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [
        {
          IpProtocol: 'tcp',
          FromPort: 5432,
          ToPort: 5432,
          IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'partners import until Friday' }],
        },
      ],
      TagSpecifications: [
        {
          ResourceType: 'security-group-rule',
          Tags: [
            { Key: 'team', Value: 'data' },
            { Key: 'ticket', Value: '4711' },
          ],
        },
      ],
    }),
  )
