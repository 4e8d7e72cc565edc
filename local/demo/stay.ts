import { setTimeout as sleep } from 'node:timers/promises'
import type { Emitted } from '#local/control.ts'
import { type Cast, STAGE } from '#local/demo/cast.ts'
import { recordOf, storyOf } from '#local/demo/story.ts'
import { showTimeline, stagesOf } from '#local/demo/timeline.ts'
import { KEYS } from '#local/principals.ts'

const SHOWN = new Set(['AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules'])

/** Keeps the cloud up for whoever wants to try a door, and shows the timeline of each until it is interrupted. */
export async function stay(cast: Cast, interrupted: AbortSignal): Promise<void> {
  const { cloud, control, screen } = cast
  let shown = (await control.events()).length
  const group = await cast.newGroup('yours')
  screen.act('The cloud stays up. In another terminal, with any AWS CLI or SDK:')
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: cloud.url,
    AWS_ACCESS_KEY_ID: KEYS.mallory,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: cloud.region,
    AWS_DEFAULT_REGION: cloud.region,
    PORTCULLIS_STAGE: STAGE,
  }))
    screen.toPaste(`export ${name}=${value}`)
  screen.toPaste(
    `aws ec2 authorize-security-group-ingress --group-id ${group} --protocol tcp --port 22 --cidr 0.0.0.0/0`,
  )
  screen.toPaste('npx portcullis incidents')
  screen.say("Each door is shown here as it is answered. The project's own AWS CLI is .venv/bin/aws.")
  screen.say('Ctrl-C ends it.')
  while (!interrupted.aborted) {
    const events = await control.events()
    // The list is shorter than before where somebody has reset the cloud's logs.
    const further = events.slice(events.length < shown ? 0 : shown)
    shown = events.length
    for (const emitted of further) {
      if (SHOWN.has(recordOf(emitted).eventName)) await show(cast, emitted)
    }
    await sleep(50)
  }
}

async function show(cast: Cast, emitted: Emitted): Promise<void> {
  const { errorCode, requestParameters } = recordOf(emitted)
  const story = await storyOf(cast, emitted, errorCode ? 0 : 15_000)
  const group = /sg-[0-9a-f]+/.exec(JSON.stringify(requestParameters))?.[0]
  cast.screen.act(story.incident?.head.summary ?? group ?? 'A call')
  showTimeline(cast.screen, stagesOf(story))
  if (!group) return
  const rules = (await cast.witness.rules(group)).map(({ says }) => says)
  cast.screen.say(`The witness sees in ${group}: ${rules.join(', ') || 'no inbound rule'}.`)
}
