import type { Memory } from '#shared/aws/doctor-memory.ts'
import type { Check } from '#shared/doctor/check.ts'
import { badOnes, type Report, runDoctor } from '#shared/doctor/doctor.ts'
import type { DoctorOutside } from '#shared/doctor/outside.ts'
import { errorText } from '#shared/fault.ts'
import type { Notice } from '#shared/notice.ts'
import type { Ports } from '#shared/ports.ts'
import { tell } from '#shared/tell.ts'

const RUNBOOK = 'docs/runbooks/portcullis-is-deaf.md'

/** What the doctor has beside the ports of every function. */
export interface Practice extends Pick<DoctorOutside, 'aws' | 'awsTime' | 'askPowers' | 'responders' | 'responses'> {
  readonly deadLetters: readonly string[]
  readonly memory: (ports: Ports) => Memory
}

/** A visit of the doctor: looks, counts what is bad for the alarm, tells of what is newly bad, and answers with it all. */
export const visit =
  (practice: Practice) =>
  async (_event: unknown, ports: Ports): Promise<Report> => {
    const { stage, account, region, policy, notices, ledger } = ports
    const report = await runDoctor({
      ...practice,
      stage,
      account,
      region,
      policy,
      notices,
      ledger,
      now: ports.clock.now,
    })
    const wrong = badOnes(report)
    ports.metric('DoctorFindings', wrong.length)
    await tellNew(wrong, practice.memory(ports), ports)
    return report
  }

/** Tells each finding once, until it is gone. Told first, kept then: told twice is better than never. */
async function tellNew(wrong: readonly Check[], memory: Memory, ports: Ports): Promise<void> {
  const told = await memory.recall().catch((error: unknown) => {
    ports.log('error', 'What the doctor told last could not be read: it tells everything again.', {
      because: errorText(error),
    })
    return []
  })
  const fresh = newOnes(wrong, told)
  if (fresh.length > 0) await tell(noticeOf(fresh, wrong, ports), ports)
  const names = wrong.map(({ name }) => name).sort()
  if (names.join() === [...told].sort().join()) return
  await memory.keep(names).catch((error: unknown) => {
    ports.log('error', 'What the doctor told could not be kept: it tells it again.', { because: errorText(error) })
  })
}

/** What is bad now and was not told yet. */
export const newOnes = (wrong: readonly Check[], told: readonly string[]): readonly Check[] =>
  wrong.filter(({ name }) => !told.includes(name))

/** The notice of findings that are new, beside those that go on. */
export function noticeOf(
  fresh: readonly Check[],
  wrong: readonly Check[],
  { stage, account, region }: Pick<Ports, 'stage' | 'account' | 'region'>,
): Notice {
  const lines = (checks: readonly Check[]) =>
    checks.flatMap(({ name, says, fix }) => [`${name}: ${says}`, `  → ${fix}`])
  const rest = wrong.filter((one) => !fresh.includes(one))
  return {
    subject: `Portcullis may be deaf: ${fresh.map(({ name }) => name).join(', ')}`
      .replace(/[^ -~]/g, '?')
      .slice(0, 100),
    text: [
      `The doctor of Portcullis (stage ${stage}) found what it did not find before.`,
      `Account ${account}, region ${region}.`,
      '',
      ...lines(fresh),
      ...(rest.length > 0 ? ['', 'Told before, and still so:', ...lines(rest)] : []),
      '',
      `What each means: ${RUNBOOK}. Look again: npx portcullis doctor --stage ${stage}`,
    ].join('\n'),
    facts: { doctor: fresh, goesOn: rest.map(({ name }) => name), stage, account, region },
    importance: 'critical',
  }
}
