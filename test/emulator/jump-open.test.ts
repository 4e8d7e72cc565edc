import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { control } from '../support/cloud.ts'
import { as } from '../support/portcullis.ts'

const portcullis = as('alice')
test('opens', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-key-'))
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'me', '-f', join(folder, 'key')])
  const opened = await portcullis(
    'jump',
    'open',
    '--zone',
    'lab',
    '--reason',
    'look at the logs',
    '--key',
    join(folder, 'key.pub'),
    '--json',
  )
  console.log(opened.code, opened.out, opened.error)
  console.log(
    (await control.calls())
      .filter((one) => one.app === 'keep-jump-boxes')
      .map((one) => `${one.at} ${one.service}:${one.action} ${one.status} ${one.errorCode ?? ''}`)
      .join('\n'),
  )
  expect(opened.code).toBe(0)
  const id = JSON.parse(opened.out).request.id
  for (const args of [
    ['show', id],
    ['extend', id, '--for', '30m'],
    ['close', id],
    ['show', id],
  ]) {
    const { code, out, error } = await portcullis('jump', ...args)
    console.log(code, out, error)
  }
  console.log(
    (await control.calls())
      .filter((one) => one.app === 'keep-jump-boxes')
      .map((one) => `${one.at} ${one.service}:${one.action} ${one.status} ${one.errorCode ?? ''}`)
      .join('\n'),
  )
})
