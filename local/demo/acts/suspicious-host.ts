import { ModifyNetworkInterfaceAttributeCommand } from '@aws-sdk/client-ec2'
import { type Cast, STAGE } from '#local/demo/cast.ts'
import { portcullis } from '#local/demo/commands.ts'
import { noteDoor } from '#local/demo/door.ts'
import { type DemoHost, launchHost, miningFinding } from '#local/demo/host.ts'
import { type Incident, incidentOf } from '#local/demo/story.ts'
import { eventually } from '#local/demo/wait.ts'
import type { Received } from '#local/demo/witness.ts'
import { KEYS } from '#local/principals.ts'

/** A compromised host with two interfaces: cut off, proven, its evidence kept, tampered with, cut off again, released. */
export async function suspiciousHost(cast: Cast): Promise<void> {
  const { screen, witness } = cast
  const host = await launchHost(cast)
  const before = await witness.interfaces(host.id)
  screen.say(`${host.id} has an interface in each of two VPCs; GuardDuty says that it talks to a mining pool.`)
  const begun = Date.now()
  await cast.control.emit(miningFinding(cast, host.id))
  const [cut, incident] = await Promise.all([isCutOff(cast, host), contained(cast, host)])
  screen.check('the witness sees each interface in one group of its own VPC, without any rule', cut?.groups, [1, 1])
  noteDoor(cast, `${host.id}, two interfaces`, { closedMs: cut ? cut.at - begun : null, counted: null, incident })
  await showNotice(cast, host)
  await showEvidence(cast, host)

  const [first] = host.interfaces
  screen.say(`mallory puts ${first!.id} back into its old group:`)
  const call = { NetworkInterfaceId: first!.id, Groups: [first!.group] }
  await cast.ec2(KEYS.mallory).send(new ModifyNetworkInterfaceAttributeCommand(call))
  screen.check('the witness sees it cut off again', (await isCutOff(cast, host, 20_000)) !== null, true)
  await contained(cast, host)

  const id = incident?.head.id ?? ''
  const reason = 'a miner of our own, by contract'
  screen.command(`npx portcullis release ${id} --stage ${STAGE} --reason "${reason}"`)
  const { code, output } = await portcullis(cast.cloud, KEYS.alice, [
    'release',
    id,
    '--stage',
    STAGE,
    '--reason',
    reason,
  ])
  screen.output(output)
  screen.check('the command says exact', [code, /^Released \((.*?)\)/.exec(output)?.[1]], [0, 'exact'])
  screen.check(
    'the witness sees every interface in the group that it was in at first',
    await witness.interfaces(host.id),
    before,
  )
}

/** Waits until the host's incident is contained and held. */
const contained = (cast: Cast, host: DemoHost): Promise<Incident | null> =>
  eventually(async () => {
    const incident = await incidentOf(cast, host.id, 'suspicious-host')
    return incident?.head.verdict === 'contained' && incident.head.status === 'held' ? incident : null
  })

/** Looks until each interface is in a group without rules; when that was, and in how many groups each is. */
async function isCutOff({ witness }: Cast, host: DemoHost, ms = 10_000) {
  return eventually(async () => {
    const seen = await witness.interfaces(host.id)
    const isCut = seen.length === 2 && seen.every(({ groups, rules }) => groups.length === 1 && rules === 0)
    return isCut ? { at: Date.now(), groups: seen.map(({ groups }) => groups.length) } : null
  }, ms)
}

/** The evidence that the other response has kept meanwhile, checked by a command that trusts nobody. */
async function showEvidence(cast: Cast, host: DemoHost): Promise<void> {
  const { screen } = cast
  const kept = await eventually(async () => {
    const incident = await incidentOf(cast, host.id, 'unpreserved-host')
    return incident?.head.verdict === 'contained' ? incident.head.id : null
  })
  screen.command(`npx portcullis evidence verify ${kept} --stage ${STAGE}`)
  const { code, output } = await portcullis(cast.cloud, KEYS.alice, [
    'evidence',
    'verify',
    kept ?? '',
    '--stage',
    STAGE,
  ])
  screen.output(output)
  screen.check('all that was kept is as it was kept', code, 0)
}

async function showNotice({ screen, witness }: Cast, host: DemoHost): Promise<void> {
  const came: Received[] = []
  const notice = await eventually(async () => {
    came.push(...(await witness.notices()))
    return came.find(({ facts }) => facts.subject === host.id && facts.response === 'suspicious-host')
  }, 5_000)
  screen.output(notice ? `${notice.subject}\n\n${notice.facts.text}` : 'nothing')
  const { newPaths } = (notice?.facts.proof ?? {}) as { newPaths?: string }
  screen.check('the notice says by itself that new paths are closed', newPaths, 'closed')
}
