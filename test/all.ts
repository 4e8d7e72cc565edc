import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'

/**
 * Everything there is to check: lint, types, generated files, then the tests of each project in turn. A skipped test fails
 * the run, and so does a project without tests.
 */
const reportOf = (project: string) => `.local/report-${project}.json`
/** One after the other, but for those that wait more than they work: each of these has a cloud of its own. */
const PROJECTS = [['pure'], ['cloud', 'hosts', 'jumps'], ['deploy']]

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

rmSync('.local/calls', { recursive: true, force: true })
mkdirSync('.local', { recursive: true })
const started = Date.now()
const total = { passed: 0, failed: 0, skipped: 0 }
const broken: string[] = []

await check('format and lint', 'biome', ['ci', '--error-on-warnings', '.'])
await check('types', 'tsc', ['-p', '.'])
await check('generated files', 'node', ['docs/generate.ts', '--check'])
for (const beside of PROJECTS) {
  await Promise.all(beside.map(runTests))
  beside.forEach(count)
}
const seconds = Math.round((Date.now() - started) / 1_000)
if (total.skipped > 0) broken.push(`${total.skipped} skipped tests`)
console.log(`\n${broken.length === 0 ? 'All good' : `Broken: ${broken.join(', ')}`} after ${seconds} s.`)
console.log(`tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = broken.length === 0 ? 0 : 1

async function runTests(project: string): Promise<void> {
  rmSync(reportOf(project), { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportOf(project)}`]
  await check(`tests: ${project}`, 'vitest', ['run', '--project', project, ...reporters])
}

async function check(name: string, command: string, args: readonly string[]): Promise<void> {
  console.log(`\n── ${name}`)
  const child = spawn(command, args, { stdio: 'inherit' })
  const code = await new Promise((resolve) => child.once('error', resolve).once('close', resolve))
  if (code !== 0) broken.push(name)
}

function count(project: string): void {
  let report: Report
  try {
    report = JSON.parse(readFileSync(reportOf(project), 'utf8')) as Report
  } catch {
    broken.push(`no report of ${project}`)
    return
  }
  total.passed += report.numPassedTests
  total.failed += report.numFailedTests
  total.skipped += report.numPendingTests + report.numTodoTests
  if (report.numPassedTests === 0) broken.push(`no test ran in ${project}`)
}
