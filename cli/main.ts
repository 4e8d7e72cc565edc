import { Command, CommanderError } from 'commander'
import { errorText, Fault } from '#shared/fault.ts'
import { checkPolicy } from './check-policy.ts'
import { explainFiles } from './explain.ts'
import { incidents, show } from './incidents.ts'
import { powers } from './powers.ts'
import { undo } from './undo.ts'

/** What the exit codes of the command mean. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const

const program = new Command('portcullis')
  .description('Closes what opens an AWS account to the world, proves it, and can put it back.')
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage or unreadable input, 3 refused (an undo that would overwrite a change).',
  )
  .exitOverride()

const command = (name: string, description: string) =>
  program.command(name).description(description).option('--json', 'print JSON for machines')
const deployed = (name: string, description: string) =>
  command(name, description)
    .option('--stage <stage>', 'the stage that was deployed', process.env.PORTCULLIS_STAGE ?? 'prod')
    .option('--region <region>', "the region; by default the AWS SDK's")

command('explain', 'say what would be made of events or CloudTrail records, without asking AWS')
  .argument('<file...>', 'JSON, JSON lines or {"Records": […]}, plain or gzipped; - for standard input')
  .option('--policy <file>', 'the policy to judge by; as if it were armed')
  .option('--as-deployed', 'keep the modes of the policy: what would really be done')
  .action(async (files, options) => finish(await explainFiles(files, options)))

command('check-policy', 'check a policy file')
  .argument('[file]', 'the policy', 'portcullis.yml')
  .action((file, options) => finish(checkPolicy(file, options)))

command('powers', 'list every call that can change anything in an account, and which function holds it').action(
  (options) => finish(powers(options)),
)

deployed('incidents', 'list incidents')
  .option('--status <status>', 'open, closed or all', 'all')
  .option('--limit <n>', 'at most so many of each status', '50')
  .action(async (options) => finish(await incidents(options)))

deployed('show', 'tell the whole story of an incident')
  .argument('<id>', 'the id of the incident')
  .action(async (id, options) => finish(await show(id, options)))

deployed('undo', 'put back what an incident took away')
  .argument('<id>', 'the id of the incident')
  .requiredOption('--reason <text>', 'why; it is recorded and told')
  .option('--for <duration>', 'how long it is left alone: 1m to 7d')
  .option('--force', 'even where somebody changed the group since; recorded')
  .action(async (id, options) => finish(await undo(id, options)))

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) finish(error.exitCode === 0 ? EXIT.done : EXIT.usage)
  else {
    const fault = error instanceof Fault ? error : null
    console.error(fault ? fault.message : errorText(error))
    finish(fault?.code === 'input-invalid' || fault?.code === 'incident-unknown' ? EXIT.usage : EXIT.failed)
  }
}

function finish(code: number): void {
  process.exitCode = code
}
