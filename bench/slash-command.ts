import { readFileSync, writeFileSync } from 'node:fs'
import { startCloud } from '#local/cloud.ts'
import { controlOf } from '#local/control.ts'
import { deployTo } from '#local/deploy.ts'
import { jumpEstate, policyFor } from '#local/jump-estate.ts'
import { publicUrls } from '#local/public-urls.ts'
import { slackOf } from '#local/slack.ts'
import { type Effort, median, type Row } from './measure.ts'

const STAGE = 'bench'
const POLICY = '.local/policy-bench.yml'

/** How many calls, of which every so many is a cold start. */
const CALLS = { whole: 250, quick: 30, coldEach: 5 }

/**
 * How long Slack waits for the answer to `/jump`, with the form opened within: the deployed function, over HTTP, with its
 * ledger, its secrets and a Slack that takes the form. Slack gives up after three seconds.
 */
export async function slashCommand({ quick }: Effort): Promise<Row[]> {
  const cloud = await startCloud()
  try {
    policyFor(await jumpEstate(cloud, STAGE), 'local/demo/jump-zone.yml', POLICY)
    writeFileSync(POLICY, `${readFileSync('portcullis.yml', 'utf8')}\n${readFileSync(POLICY, 'utf8')}`)
    await deployTo(cloud, { stage: STAGE, env: { PORTCULLIS_POLICY: POLICY } })
    const { local } = await publicUrls(cloud, STAGE)
    const slack = slackOf(cloud.slackUrl)
    const control = controlOf(cloud.url)
    const type = () => slack.command({ url: `${local}/slack`, command: '/jump', text: 'lab for the bench' })
    // The process is ended at its next call, whoever waits for that: what comes next has to start another one.
    const die = async () => {
      await control.break({ service: 'dynamodb', action: '*', app: 'answer-slack', kind: 'kill', times: 1 })
      await type()
      await control.break()
    }
    await type()
    const took: Record<'cold' | 'warm', number[]> = { cold: [], warm: [] }
    for (let i = 0; i < (quick ? CALLS.quick : CALLS.whole); i++) {
      const isCold = i % CALLS.coldEach === 0
      if (isCold) await die()
      const { status, ms } = await type()
      if (status !== 200) throw new Error(`Expected /jump to be answered with 200; it was ${status}.`)
      took[isCold ? 'cold' : 'warm'].push(ms)
    }
    const { views, violations } = await slack.state()
    if (violations.length > 0 || views.length !== 1 + took.cold.length + took.warm.length)
      throw new Error(
        `Expected a form for each call; there are ${views.length}, and ${violations.length} wrong blocks.`,
      )
    const all = [...took.cold, ...took.warm].sort((a, b) => a - b)
    return [
      {
        what: 'slash command answered, its form opened: the 99th of 100',
        target: 1_000,
        unit: 'ms',
        reach: 'at most',
        seen: all[Math.ceil(all.length * 0.99) - 1]!,
        range: [all[0]!, all.at(-1)!],
        of: `${all.length} calls: ${took.cold.length} cold, median ${median(took.cold).toFixed(0)} ms; ${took.warm.length} warm, median ${median(took.warm).toFixed(0)} ms`,
      },
    ]
  } finally {
    await cloud.stop()
  }
}
