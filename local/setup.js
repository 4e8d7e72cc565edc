// Makes a fresh clone runnable, then runs a script with the Node that the functions run on. Plain JavaScript without
// dependencies, because it runs before any are installed, on whatever Node (20 or later) the machine has.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PYTHONS = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3']
const IS_NEW_ENOUGH = 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)'

try {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Error(`Expected Node 20 or later, but this is ${process.versions.node}.`)
  }
  // Both run to their end even where one fails: nothing goes on installing behind the prompt.
  const installed = await Promise.allSettled([installNodePackages(), installPythonPackages()])
  for (const { reason } of installed) if (reason) throw reason
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
const [script, ...args] = process.argv.slice(2)
if (script) runScript(script, args)

async function installNodePackages() {
  const digest = digestOf('package-lock.json')
  const stamp = join(ROOT, 'node_modules', '.portcullis-stamp')
  if (isCurrent(stamp, digest)) return
  // Not `npm ci`, which refuses a lockfile without the optional packages of every other platform. This too installs
  // what the lockfile says, and never writes to it.
  await step('npm packages', 'npm', ['install', '--no-save', '--no-audit', '--no-fund'])
  if (!existsSync(join(ROOT, 'node_modules', '.bin', 'node'))) {
    throw new Error(`Expected a Node 24 package for ${process.platform}-${process.arch}, but package.json names none.`)
  }
  writeFileSync(stamp, digest)
}

async function installPythonPackages() {
  const digest = digestOf(join('local', 'requirements.lock'))
  const venv = join(ROOT, '.venv')
  const stamp = join(venv, '.portcullis-stamp')
  if (isCurrent(stamp, digest)) return
  if (spawnSync(join(venv, 'bin', 'python'), ['-m', 'pip', '--version']).status !== 0) {
    const python = findPython()
    if (spawnSync(python, ['-c', 'import venv, ensurepip']).status !== 0) {
      throw new Error(`Expected ${python} to have venv and ensurepip: on Debian and Ubuntu, install 'python3-venv'.`)
    }
    rmSync(venv, { recursive: true, force: true })
    await step('Python environment', python, ['-m', 'venv', venv])
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  const lock = join(ROOT, 'local', 'requirements.lock')
  await step('Python packages', join(venv, 'bin', 'python'), [...pip, '-r', lock])
  writeFileSync(stamp, digest)
}

function findPython() {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : PYTHONS
  const found = candidates.find((name) => spawnSync(name, ['-c', IS_NEW_ENOUGH]).status === 0)
  if (found) return found
  throw new Error(`Expected Python 3.10 or later as ${candidates.join(', ')}: install it, or name it in PYTHON.`)
}

/** Runs one command and says how long it took. Its output is shown only where it failed. */
async function step(title, command, commandArgs) {
  const started = Date.now()
  const child = spawn(command, commandArgs, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const code = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', resolve)
  })
  if (code === 0) return console.error(`${title}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
  // npm names the cause first and pip last.
  const lines = output.trim().split('\n')
  const said = lines.length > 16 ? [...lines.slice(0, 8), '…', ...lines.slice(-8)] : lines
  throw new Error(
    `Expected '${command} ${commandArgs.join(' ')}' to succeed, but it ended with ${code}:\n${said.join('\n')}`,
  )
}

function runScript(name, scriptArgs) {
  const bin = join(ROOT, 'node_modules', '.bin')
  const path = [bin, join(ROOT, '.venv', 'bin'), process.env.PATH].join(delimiter)
  const child = spawn(join(bin, 'node'), [name, ...scriptArgs], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  })
  // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone does not.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`Expected ${join(bin, 'node')} to run, but: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function isCurrent(stamp, digest) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest
}

function digestOf(file) {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, file)))
    .digest('hex')
}
