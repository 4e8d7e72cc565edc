import { setTimeout as sleep } from 'node:timers/promises'
import { AuthorizeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import type { Cast } from '#local/demo/cast.ts'
import { eventOf, noteDoor } from '#local/demo/door.ts'
import { incidentBy } from '#local/demo/story.ts'
import { sweepNow } from '#local/demo/sweep.ts'
import { responseOf, showTimeline, stagesOf } from '#local/demo/timeline.ts'
import { KEYS } from '#local/principals.ts'

const DOOR = 'tcp/6379 from 0.0.0.0/0'

/** CloudTrail's delivery is best effort: where an event never comes, the sweep finds the door. */
export async function lostEvent(cast: Cast): Promise<void> {
  const { control, screen, witness } = cast
  const group = await cast.newGroup('cache')
  screen.say(`mallory opens ${DOOR}, and its event is lost`)
  await control.change({ lossRate: 1 })
  const emitted = await eventOf(cast, group, () =>
    cast.ec2(KEYS.mallory).send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: group,
        IpProtocol: 'tcp',
        FromPort: 6379,
        ToPort: 6379,
        CidrIp: '0.0.0.0/0',
      }),
    ),
  )
  await control.change({ lossRate: 0 })
  await sleep(1_500)
  showTimeline(screen, stagesOf({ emitted, counted: null, incident: null }))
  const open = (await witness.rules(group)).map(({ says }) => says)
  screen.check('the event is lost, and the witness still sees the door open', [emitted.fate, ...open], ['lost', DOOR])

  await witness.watch(group)
  const begun = Date.now()
  const { id, answer } = await sweepNow(cast)
  const incident = await incidentBy(cast, id)
  const [sighting] = await witness.seen(group)
  screen.say('Then the sweep comes, which looks at every group; from its start:')
  showTimeline(screen, incident ? responseOf(incident, begun) : [])
  // Its answer is about all groups, by the one that leaves most open: the door that was put back before.
  screen.check(
    'the sweep opened the incident, and still spares the door that was put back',
    [incident?.head.subject, answer],
    [group, 'spared'],
  )
  screen.check('the ledger says contained', incident?.head.verdict, 'contained')
  screen.check('the witness sees no rule any more', await witness.rules(group), [])
  const closedMs = sighting?.closed ? Math.round(sighting.closed - emitted.at) : null
  noteDoor(cast, `${DOOR}, event lost: by the sweep`, { closedMs, counted: null, incident })
}
