import { parseArgs } from 'node:util'
import { startCloud } from '#local/cloud.ts'
import { deployTo } from '#local/deploy.ts'
import { type Cell, cellOf } from './cell.ts'
import { placeOf } from './place.ts'
import { PLAYBOOK, WAYS } from './playbook.ts'

// The fault matrix over the deployed stack: every call of the playbook goes wrong in every way, one after the other. Takes
// the better part of an hour; `--calls ec2:CreateTags,sns:Publish` and `--ways killed,lost` choose. Exit code 1 where a
// cell is not as it has to be. The same in memory, at every single use of each call, is part of `npm test`.

const STAGE = 'faults'
/** Lambda's pause before it tries again: long enough to tell the end of a run from a pause of the SDK. */
const RETRY = 5

const { values } = parseArgs({ options: { calls: { type: 'string' }, ways: { type: 'string' } } })
const chosen = (all: readonly string[], given: string | undefined) => {
  const wanted = given?.split(',') ?? all
  const unknown = wanted.find((one) => !all.includes(one))
  if (unknown === undefined) return wanted
  console.error(`Expected some of ${all.join(', ')}; got ${unknown}.`)
  process.exit(2)
}
const calls = chosen(PLAYBOOK, values.calls)
const ways = chosen(Object.keys(WAYS), values.ways)

const cloud = await startCloud({ retryDelaySeconds: RETRY })
const cells: Cell[] = []
try {
  await deployTo(cloud, { stage: STAGE, env: { PORTCULLIS_POLICY: 'test/support/policy.yml' } })
  const place = placeOf({ url: cloud.url, region: cloud.region, account: cloud.account, stage: STAGE })
  for (const call of calls)
    for (const way of ways) {
      await place.control.reset()
      const cell = await cellOf(place, call, way).catch(
        (error: unknown): Cell => ({
          call,
          way,
          first: '?',
          finishedBy: 'nothing',
          seconds: 0,
          wrong: [String(error)],
        }),
      )
      cells.push(cell)
      console.error(lineOf(cell))
    }
} finally {
  await cloud.stop()
}

console.log(`\n${'call'.padEnd(46)}${'way'.padEnd(11)}${'the first run'.padEnd(48)}finished by`)
for (const cell of cells) console.log(lineOf(cell))
const failed = cells.filter(({ wrong }) => wrong.length > 0).length
console.log(`\n${cells.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 && cells.length > 0 ? 0 : 1

function lineOf({ call, way, first, finishedBy, seconds, wrong }: Cell): string {
  const line = `${call.padEnd(46)}${way.padEnd(11)}${first.padEnd(48)}${finishedBy} after ${seconds.toFixed(1)} s`
  return [line, ...wrong.map((one) => `    FAILED: ${one}`)].join('\n')
}
