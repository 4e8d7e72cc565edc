import { Command, CommanderError } from 'commander'
import { told } from '#shared/fault.ts'
import manifest from '../package.json' with { type: 'json' }
import { EXIT } from './exit.ts'

const USAGE: ReadonlySet<string> = new Set(['input-invalid', 'incident-unknown', 'box-unknown'])
const REFUSED: ReadonlySet<string> = new Set(['answer-refused', 'box-refused'])

// Each command is loaded when it is asked for: the clients of AWS take most of a second.

// A reader that has seen enough, such as `head`, goes: that is its right, and nobody is left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done)
  throw error
})

const program = new Command('portcullis')
  .description('Closes what opens an AWS account to the world, proves it, and can put it back.')
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage or unreadable input, 3 refused (an undo that would overwrite a change, an approval that came too late) or evidence that is not as it was kept.',
  )
  .version(manifest.version)
  .exitOverride()

const command = (name: string, description: string) =>
  program.command(name).description(description).option('--json', 'print JSON for machines')
const deployed = (name: string, description: string) => ofDeployment(command(name, description))
const ofDeployment = (one: Command) =>
  one
    .option('--stage <stage>', 'the stage that was deployed', process.env.PORTCULLIS_STAGE ?? 'prod')
    .option('--region <region>', "the region; by default the AWS SDK's")

command('explain', 'say what would be made of events or CloudTrail records, without asking AWS')
  .argument('<file...>', 'JSON, JSON lines or {"Records": […]}, plain or gzipped; - for standard input')
  .option('--policy <file>', 'the policy to judge by; as if it were armed')
  .option('--as-deployed', 'keep the modes of the policy: what would really be done')
  .action(async (files, options) => finish(await (await import('./explain.ts')).explainFiles(files, options)))

command('check-policy', 'check a policy file')
  .argument('[file]', 'the policy', 'portcullis.yml')
  .action(async (file, options) => finish(await (await import('./check-policy.ts')).checkPolicy(file, options)))

command('powers', 'list every call that can change anything in an account, and which function holds it').action(
  async (options) => finish(await (await import('./powers.ts')).powers(options)),
)

deployed('incidents', 'list incidents')
  .option('--status <status>', 'open, held, closed or all', 'all')
  .option('--limit <n>', 'at most so many of each status, up to 1000', '50')
  .action(async (options) => finish(await (await import('./incidents.ts')).incidents(options)))

deployed('doctor', 'examine whether a deployment sees, may act and is heard').action(async (options) =>
  finish(await (await import('./doctor.ts')).doctor(options)),
)

deployed('show', 'tell the whole story of an incident')
  .argument('<id>', 'the id of the incident')
  .action(async (id, options) => finish(await (await import('./incidents.ts')).show(id, options)))

deployed('undo', 'put back what an incident took away')
  .argument('<id>', 'the id of the incident')
  .requiredOption('--reason <text>', 'why; it is recorded and told')
  .option('--chain <digest>', 'the digest in the notice: the story must still hold it')
  .option('--for <duration>', 'how long it is left alone: 1m to 7d')
  .option('--force', 'even where somebody changed the group since; recorded')
  .action(async (id, options) => finish(await (await import('./undo.ts')).undo(id, options)))

deployed('quarantine', 'cut a host off, as the policy says for hosts that a person accuses')
  .argument('<instance>', 'the id of the instance')
  .requiredOption('--reason <text>', 'why; it is recorded and told')
  .action(async (host, options) => finish(await (await import('./host.ts')).accuseHost('quarantine', host, options)))

deployed('release', 'let a host go that is in quarantine, and put back what was done to it')
  .argument('<id>', 'the id of the incident')
  .requiredOption('--reason <text>', 'why; it is recorded and told')
  .option('--chain <digest>', 'the digest in the notice: the story must still hold it')
  .option('--for <duration>', 'how long what accused it is left alone: 1m to 7d')
  .option('--force', 'even where somebody changed it since; recorded')
  .action(async (id, options) => finish(await (await import('./undo.ts')).undo(id, options, 'release')))

deployed('preserve', 'have the evidence of a host kept: snapshots, and what EC2 tells of it')
  .argument('<instance>', 'the id of the instance')
  .requiredOption('--reason <text>', 'why; it is recorded and told')
  .action(async (instance, options) =>
    finish(await (await import('./host.ts')).accuseHost('preserve', instance, options)),
  )

const evidence = program.command('evidence').description('what was kept of a host')
ofDeployment(
  evidence
    .command('verify')
    .description('read the evidence of an incident again, and say line by line whether it is as it was kept')
    .option('--json', 'print JSON for machines'),
)
  .argument('<id>', 'the id of the incident in which it was kept')
  .option('--chain <digest>', 'the digest in the notice: the story must still hold it')
  .action(async (id, options) => finish(await (await import('./verify-evidence.ts')).verifyEvidence(id, options)))

const jump = program.command('jump').description('temporary jump boxes, of which nothing is left when their time is up')
const ofJump = (name: string, description: string) =>
  ofDeployment(jump.command(name).description(description).option('--json', 'print JSON for machines'))
ofJump('open', 'ask for a jump box, for the address that this request comes from')
  .requiredOption('--zone <name>', 'a zone of the policy')
  .requiredOption('--reason <text>', 'why; it is recorded, and stands in the rule that lets you in')
  .option('--for <duration>', 'for how long, such as 45m; by default as the zone says')
  .option('--key <file>', 'your public key, the file that ends in .pub; by default the one that you gave last')
  .action(async (options) => finish(await (await import('./jump.ts')).openJump(options)))
ofJump('show', 'say how a jump box stands, and how to get in')
  .argument('<id>', 'the id of the request')
  .action(async (id, options) => finish(await (await import('./jump.ts')).showJump(id, options)))
ofJump('extend', 'extend a jump box of yours, as far as its zone lets it')
  .argument('<id>', 'the id of the request')
  .requiredOption('--for <duration>', 'by how much, such as 30m')
  .action(async (id, options) => finish(await (await import('./jump.ts')).extendJump(id, options)))
ofJump('close', 'end a jump box before its time')
  .argument('<id>', 'the id of the request')
  .option('--any', "another's too, where IAM lets you")
  .action(async (id, options) => finish(await (await import('./jump.ts')).closeJump(id, options)))

for (const word of ['approve', 'decline'] as const)
  deployed(word, `${word} what is asked in an incident; the first word counts`)
    .argument('<id>', 'the id of the incident')
    .requiredOption('--plan <hash>', 'the plan that the notice gives: the word is good for this one alone')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .action(async (id, options) => finish(await (await import('./answer.ts')).answer(word, id, options)))

for (const [name, description] of [
  ['disarm', 'switch Portcullis off at once: it asks instead of acting'],
  ['arm', 'let Portcullis do again what the policy says'],
] as const)
  deployed(name, description)
    .requiredOption('--reason <text>', 'why; it is recorded and told')
    .option(
      '--response <name>',
      'one response alone: open-ingress, suspicious-host, impaired-defences, unpreserved-host or jump-box',
    )
    .action(async (options) => finish(await (await import('./switch.ts')).setSwitch(name, options)))

command('undescribed', 'report every inbound rule that does not say why it exists')
  .option('--policy <file>', 'whose pattern a description has to match', 'portcullis.yml')
  .option('--region <region>', "the region; by default the AWS SDK's")
  .action(async (options) => finish(await (await import('./undescribed.ts')).undescribed({ stage: '', ...options })))

try {
  await program.parseAsync()
} catch (error) {
  const isUsage = error instanceof CommanderError
  if (isUsage && error.exitCode === 0) finish(EXIT.done)
  else {
    const { code, message } = isUsage ? { code: 'input-invalid', message: usageText(error) } : told(error)
    // Commander has said its sentence already.
    if (!isUsage) console.error(`${code}: ${message}`)
    if (process.argv.includes('--json')) console.log(JSON.stringify({ error: { code, message } }))
    finish(USAGE.has(code) ? EXIT.usage : REFUSED.has(code) ? EXIT.refused : EXIT.failed)
  }
}

function usageText({ message }: CommanderError): string {
  return message.replace(/^error: /, '')
}

function finish(code: number): void {
  process.exitCode = code
}
