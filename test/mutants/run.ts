import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutant.ts'
import { mutants } from './mutants.ts'

/**
 * Makes one mistake at a time in a copy of the repository and runs the tests of the pure core there. Exit code 1 where a
 * mistake goes unnoticed, no longer applies, or where the tests fail without any. A name, or part of it, as an argument
 * runs those mutants alone.
 */

const root = fileURLToPath(new URL('../../', import.meta.url))
const NOT_COPIED = new Set(['node_modules', '.git', '.venv', '.local', '.serverless', 'dist'])
/** The quick ones first: most mistakes never get to the properties. */
const STAGES = [['test/unit', 'test/flow'], ['test/property']]
/** A mistake may make a loop endless: that is noticed, too. */
const TIME_LIMIT = 240_000

type Outcome = 'killed' | 'survived' | 'does not apply'

function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'))
  cpSync(root, folder, {
    recursive: true,
    filter: (from) => !NOT_COPIED.has(relative(root, from).split(sep)[0] ?? ''),
  })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Whether the tests pass in that folder. */
async function passes(folder: string): Promise<boolean> {
  for (const stage of STAGES) if (!(await run(folder, stage))) return false
  return true
}

function run(folder: string, paths: readonly string[]): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  // One worker that keeps its modules: starting workers costs more than these tests do, and each lane has one core.
  const options = ['--project', 'pure', '--bail', '1', '--reporter', 'dot', '--maxWorkers', '1', '--no-isolate']
  const child = spawn(process.execPath, [vitest, 'run', ...options, ...paths], {
    cwd: folder,
    stdio: process.env.MUTANTS_SHOW ? 'inherit' : 'ignore',
    timeout: TIME_LIMIT,
    killSignal: 'SIGKILL',
  })
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', (code) => resolve(code === 0)))
}

async function outcomeOf({ file, find, replace }: Mutant, folder: string): Promise<Outcome> {
  const path = join(folder, file)
  const right = readFileSync(path, 'utf8')
  if (right.split(find).length !== 2) return 'does not apply'
  writeFileSync(
    path,
    right.replace(find, () => replace),
  )
  try {
    return (await passes(folder)) ? 'survived' : 'killed'
  } finally {
    writeFileSync(path, right)
  }
}

const wanted = process.argv[2] ?? ''
const chosen = mutants.filter(({ name, file }) => name.includes(wanted) || file.includes(wanted))
const folders = Array.from({ length: Math.min(2, availableParallelism()) }, copy)
const left = [...chosen]
const bad: string[] = []
const startedAt = Date.now()
try {
  if (!(await passes(folders[0]!))) bad.push('the tests fail without any mutant')
  const lane = async (folder: string) => {
    for (let mutant = left.shift(); mutant && bad[0] !== 'the tests fail without any mutant'; mutant = left.shift()) {
      const outcome = await outcomeOf(mutant, folder)
      const line = `${outcome}: ${mutant.name} (${mutant.file})`
      if (outcome !== 'killed') bad.push(line)
      console.log(line)
    }
  }
  await Promise.all(folders.map(lane))
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}
const seconds = Math.round((Date.now() - startedAt) / 1_000)
console.log(`${chosen.length - bad.length} of ${chosen.length} mutants killed in ${seconds} s`)
for (const line of bad) console.error(line)
process.exitCode = bad.length === 0 && chosen.length > 0 ? 0 : 1
