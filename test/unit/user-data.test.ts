import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { timerScript, userData } from '#shared/responses/jump-box/user-data.ts'
import { wantedOf } from '#shared/responses/jump-box/wanted.ts'
import { boxPolicy, KEY } from '../support/box-policy.ts'
import { PLACE } from '../support/box-stage.ts'
import { always } from '../support/property.ts'

const NOW = '2026-06-01T12:00:00.000Z'
const EARLIER = '2026-06-01T11:59:59.000Z'
const LATER = '2026-06-01T12:30:00.000Z'
const CAP = '2026-06-01T16:00:00.000Z'

/** What the metadata service says of the instance's tags; an answer to nobody who has no token of its own. */
type Metadata = { readonly tag?: string; readonly tokens?: boolean; readonly hangs?: boolean } | 'nobody there'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-guest-'))
let server: Server
let metadata: Exclude<Metadata, string> = {}
let asked: string[] = []

beforeAll(async () => {
  mkdirSync(join(folder, 'bin'))
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  put('shutdown', 'printf "%s\\n" "$*" >> "$HERE/shutdown.log"')
  // What time it is, is up to the test; all else of date is the machine's own.
  put('date', 'if [ "$*" = "+%s" ]; then echo "$NOW"; else exec /bin/date "$@"; fi')
  server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    const { tag, tokens = true, hangs } = metadata
    if (hangs) return
    if (incoming.method === 'PUT' && incoming.url === '/latest/api/token') {
      const isPlain = /^\d+$/.test(String(incoming.headers['x-aws-ec2-metadata-token-ttl-seconds']))
      outgoing.writeHead(tokens && isPlain ? 200 : 403).end('a-token')
    } else if (incoming.headers['x-aws-ec2-metadata-token'] !== 'a-token') outgoing.writeHead(401).end()
    else if (incoming.url !== '/latest/meta-data/tags/instance/portcullis:until' || tag === undefined)
      outgoing.writeHead(404).end('<h1>Not Found</h1>')
    else outgoing.writeHead(200).end(tag)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

/** Runs the script as the guest does each minute, and says whether it has shut down. */
async function minute(now: string, says: Metadata, cap = CAP): Promise<boolean> {
  const log = join(folder, 'shutdown.log')
  rmSync(log, { force: true })
  asked = []
  metadata = says === 'nobody there' ? {} : says
  const { port } = server.address() as AddressInfo
  // Nobody listens on port 1.
  const METADATA = `http://127.0.0.1:${says === 'nobody there' ? 1 : port}`
  const script = join(folder, 'timer')
  writeFileSync(script, timerScript(cap))
  const env = {
    ...{ PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HERE: folder, METADATA, TZ: 'America/New_York' },
    NOW: String(Math.floor(Date.parse(now) / 1_000)),
  }
  await new Promise((resolve) => execFile('/bin/sh', [script], { env, timeout: 15_000 }, resolve))
  if (!existsSync(log)) return false
  expect(readFileSync(log, 'utf8')).toBe('-P now The time of this box is up.\n')
  return true
}

describe('Each minute the guest', () => {
  test.each<[string, Metadata, string, boolean]>([
    ['goes on while its tag lies ahead', { tag: LATER }, NOW, false],
    ['ends when its tag is past', { tag: EARLIER }, NOW, true],
    ['ends at the very second', { tag: NOW }, NOW, true],
    ['goes on a second before', { tag: NOW }, EARLIER, false],
    ['goes on where its tag was moved ahead', { tag: '2026-06-01T15:59:59.000Z' }, LATER, false],
    ['ends at its cap, whatever its tag says', { tag: '2099-01-01T00:00:00.000Z' }, CAP, true],
    ['goes on until its cap, where its tag says later', { tag: '2099-01-01T00:00:00.000Z' }, LATER, false],
    ['goes by its cap alone without a tag', {}, LATER, false],
    ['and ends at it', {}, CAP, true],
    ['goes by its cap alone where nobody answers', 'nobody there', LATER, false],
    ['and ends at it', 'nobody there', CAP, true],
    ['goes by its cap alone where it gets no token', { tag: EARLIER, tokens: false }, NOW, false],
    ['and ends at it', { tag: LATER, tokens: false }, CAP, true],
    ['ends at its cap where the answer does not come', { hangs: true }, CAP, true],
  ])('%s (%j, at %s: %s).', async (_what, says, now, ends) => expect(await minute(now, says)).toBe(ends))

  test.each([
    '',
    ' ',
    'garbage',
    'yesterday',
    'now',
    '1',
    '00:00',
    '2020-01-01',
    '$(shutdown -P now)',
    '`shutdown`',
    '"; shutdown -P now; "',
    '-d 2020-01-01',
    '@0',
    'a\nb',
    '2026-06-01T11:59:59.000Z; rm -rf /',
  ])('goes by its cap alone where its tag is no time as we write it: %j.', async (tag) => {
    expect(await minute(LATER, { tag })).toBe(false)
    expect(await minute(CAP, { tag })).toBe(true)
  })

  test('asks as IMDSv2 wants it: for a token first, and for nothing but the tag.', async () => {
    await minute(NOW, { tag: LATER })
    expect(asked).toEqual(['PUT /latest/api/token', 'GET /latest/meta-data/tags/instance/portcullis:until'])
  })

  test('asks AWS where nothing else is said.', () => {
    expect(timerScript(CAP)).toContain('http://169.254.169.254')
  })
})

interface Config {
  readonly ssh_authorized_keys: readonly string[]
  readonly ssh_pwauth: boolean
  readonly disable_root: boolean
  readonly bootcmd: readonly (readonly string[])[]
  readonly runcmd: readonly (readonly string[])[]
  readonly write_files: readonly { readonly path: string; readonly permissions?: string; readonly content: string }[]
}
const guest = { key: KEY, person: 'alice', cap: CAP, minutes: 240 }

describe('What the guest is told at its first boot', () => {
  test('is a cloud-config: one key and whose it is, and the timers.', () => {
    const text = userData(guest)
    expect(text.startsWith('#cloud-config\n')).toBe(true)
    const config = parse(text) as Config
    expect(config).toEqual({
      ssh_authorized_keys: [`${KEY} alice`],
      ssh_pwauth: false,
      disable_root: true,
      bootcmd: [['shutdown', '-P', '+240']],
      write_files: [
        { path: '/usr/local/sbin/portcullis-timer', permissions: '0755', content: timerScript(CAP) },
        {
          path: '/etc/systemd/system/portcullis-timer.service',
          content: expect.stringContaining('ExecStart=/usr/local/sbin/portcullis-timer'),
        },
        { path: '/etc/systemd/system/portcullis-timer.timer', content: expect.stringContaining('OnUnitActiveSec=60') },
      ],
      runcmd: [
        ['systemctl', 'daemon-reload'],
        ['systemctl', 'enable', '--now', 'portcullis-timer.timer'],
      ],
    })
    expect(text.length).toBeLessThan(4_000)
  })

  test('is no other for a hostile person, key or cap: none of these can become anything but itself.', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '"]\nruncmd: [[id]]',
        '\n- evil',
        '${x}',
        '# comment',
        '*alias',
        '&anchor',
        '!!python/object',
        '\u2028\u0085',
        '\t',
        '"',
      ),
    )
    always(80, [hostile, hostile], (person, key) => {
      const config = parse(userData({ ...guest, person, key })) as Config
      const plain = parse(userData(guest)) as Config
      expect(config).toEqual({ ...plain, ssh_authorized_keys: [`${key} ${person}`] })
    })
  })

  test('holds nothing of what somebody wrote as a reason, and nothing that a zone is called.', () => {
    const policy = boxPolicy()
    const zone = policy['jump-boxes'].zones[1]!
    const request = {
      ...{
        id: '01JQ0000000000000000000000',
        person: 'alice',
        by: { name: 'alice' },
        zone: 'full',
        key: KEY,
        seconds: 60,
      },
      ...{ at: NOW, linkUntil: NOW, provenAt: NOW, address: '203.0.113.7/32', version: 1 },
    }
    const told = (reason: string) => wantedOf({ ...request, reason }, zone, LATER, NOW, PLACE).userData
    expect(told('"]\nruncmd: [[id]]')).toBe(told('look at the logs'))
    for (const word of ['look at the logs', 'full', '203.0.113.7', PLACE.ender, 'jump-profile'])
      expect(told('look at the logs')).not.toContain(word)
    // Its cap is the longest that its zone lets any be, whatever was asked.
    expect(told('x')).toContain(`end=${Date.parse(CAP) / 1_000}`)
  })
})
