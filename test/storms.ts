import { spawn } from 'node:child_process'

// Storms over the deployed stack take longer than the rest has time for: their core runs in memory with `npm test`.

const child = spawn('vitest', ['run', '--project', 'storms'], { stdio: 'inherit' })
child.once('close', (code) => {
  process.exitCode = code ?? 1
})
