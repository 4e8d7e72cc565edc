#!/usr/bin/env node
// Runs on any Node from 20 on; the command itself is TypeScript, which the project's own Node 24 runs as it is.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const own = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const node = existsSync(own) ? own : process.execPath
const { status, signal, error } = spawnSync(
  node,
  ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)],
  { stdio: 'inherit' },
)
if (error) console.error(`Expected to start ${node}; ${error.message}. Run "npm install" first.`)
process.exitCode = signal || error ? 1 : (status ?? 1)
