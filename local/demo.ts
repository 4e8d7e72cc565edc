import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Cloud, ROOT, startCloud } from '#local/cloud.ts'
import { firstDoor } from '#local/demo/acts/first-door.ts'
import { jumpBox } from '#local/demo/acts/jump-box.ts'
import { leftAlone } from '#local/demo/acts/left-alone.ts'
import { lostEvent } from '#local/demo/acts/lost-event.ts'
import { refusedUndo } from '#local/demo/acts/refused-undo.ts'
import { spellings } from '#local/demo/acts/spellings.ts'
import { suspiciousHost } from '#local/demo/acts/suspicious-host.ts'
import { putBack } from '#local/demo/acts/undo.ts'
import { demoPolicy } from '#local/demo/armed-policy.ts'
import { type Cast, castOf, STAGE } from '#local/demo/cast.ts'
import { listenForInterrupts } from '#local/demo/interrupt.ts'
import { portOr } from '#local/demo/port.ts'
import { createScreen } from '#local/demo/screen.ts'
import { stay } from '#local/demo/stay.ts'
import { summarise } from '#local/demo/summary.ts'
import { startWitness, type Witness } from '#local/demo/witness.ts'
import { deployTo } from '#local/deploy.ts'
import { jumpEstate } from '#local/jump-estate.ts'

/**
 * The demo: a cloud on this machine, the real service on it, doors that are opened, and what becomes of them. Whatever it
 * shows is checked by a witness on the emulators; where something did not really happen, it ends with exit code 1.
 */
const ACTS: readonly Act[] = [
  { name: 'first-door', title: 'A door is opened to the world', play: firstDoor },
  { name: 'spellings', title: "The same door in an attacker's spellings", play: spellings },
  { name: 'left-alone', title: 'Doors that are rightly left alone', play: leftAlone },
  { name: 'undo', title: 'Put back by one command', play: putBack },
  { name: 'refused-undo', title: 'An undo that would overwrite a change is refused', play: refusedUndo },
  { name: 'lost-event', title: 'The event that never came', play: lostEvent },
  { name: 'suspicious-host', title: 'A host that GuardDuty accuses', play: suspiciousHost },
  { name: 'jump-box', title: 'A jump box from Slack, and its end', play: jumpBox },
]

interface Act {
  readonly name: string
  readonly title: string
  readonly play: (cast: Cast) => Promise<void>
}

const { stays, acts } = wishes()
const interrupt = listenForInterrupts()
const screen = createScreen(process.stdout, interrupt.signal)
const begun = performance.now()
const seconds = () => `${((performance.now() - begun) / 1_000).toFixed(1)} s`
let cloud: Cloud | undefined
let witness: Witness | undefined
let staying = false

const work = play()
try {
  await Promise.race([work, interrupt.rejects])
} catch (error) {
  if (interrupt.code() === 0) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
} finally {
  await Promise.all([witness?.stop(), cloud?.stop()])
  // An interrupted command or deployment ends by itself, soon after its cloud.
  await Promise.race([work.catch(() => {}), sleep(20_000)])
}
// Ctrl-C is how a stay ends.
if (interrupt.code() > 0 && !staying) process.exitCode = interrupt.code()
else if (screen.score.failed > 0) process.exitCode = 1
process.exit()

async function play(): Promise<void> {
  const started = await startCloud({ port: await portOr(4566) })
  cloud = started
  interrupt.signal.throwIfAborted()
  screen.say(`${seconds()}: the local cloud is up at ${started.url}.`)
  const seer = startWitness(started)
  witness = seer
  const policy = demoPolicy(await jumpEstate(started, STAGE))
  await deployTo(started, { stage: STAGE, env: { PORTCULLIS_POLICY: policy }, signal: interrupt.signal })
  interrupt.signal.throwIfAborted()
  screen.say(
    `${seconds()}: serverless.yml is deployed to it as stage '${STAGE}', with the policy ${relative(ROOT, policy)}.`,
  )
  const cast = castOf(started, seer, screen)
  await seer.subscribe(`arn:aws:sns:${started.region}:${started.account}:portcullis-notices-${STAGE}`)
  for (const act of acts) {
    interrupt.signal.throwIfAborted()
    screen.act(`${ACTS.indexOf(act) + 1}. ${act.title}`)
    await act.play(cast).catch((error: Error) => screen.check('the act comes to its end', error.message, 'its end'))
  }
  interrupt.signal.throwIfAborted()
  summarise(cast, seconds())
  if (!stays) return
  staying = true
  await stay(cast, interrupt.signal)
}

/** What the command line asks for: to stay, and one act or all. */
function wishes(): { stays: boolean; acts: readonly Act[] } {
  const names = ACTS.map(({ name }) => name).join(', ')
  try {
    const options = { stay: { type: 'boolean', default: false }, act: { type: 'string' } } as const
    const { stay: stays, act } = parseArgs({ options }).values
    const acts = act === undefined ? ACTS : ACTS.filter(({ name }) => name === act)
    if (acts.length === 0) throw new Error(`Expected --act to be one of ${names}; got ${act}.`)
    return { stays, acts }
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: npm run demo [-- --stay] [-- --act NAME]`)
    process.exit(2)
  }
}
