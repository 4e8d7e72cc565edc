import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { checkPolicy } from '../../cli/check-policy.ts'
import { explainFiles } from '../../cli/explain.ts'

const folder = mkdtempSync(join(tmpdir(), 'commands-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => void vi.restoreAllMocks())

const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

/** What a command prints while it runs here, and the exit code that it answers. */
async function printed(command: () => number | Promise<number>) {
  let [out, error] = ['', '']
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  vi.spyOn(console, 'log').mockImplementation((text) => {
    out += `${text}\n`
  })
  vi.spyOn(console, 'error').mockImplementation((text) => {
    error += `${text}\n`
  })
  const code = await command()
  vi.restoreAllMocks()
  return { code, out, error: error.replaceAll(folder, '') }
}

const events = (out: string): unknown[] =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { event: unknown; mode: string })
    .map(({ event, mode }) => [event, mode])

const record = (eventID: string) => ({
  ...{ eventID, eventName: 'AuthorizeSecurityGroupIngress', eventSource: 'ec2.amazonaws.com' },
  requestParameters: { groupId: 'sg-1', ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: '0.0.0.0/0' },
})
const lines = ['a', 'b'].map((id) => JSON.stringify(record(id))).join('\n')

describe('The command explain', () => {
  test('Prints one line per record, in the order of files and records, plain or gzipped, armed by default.', async () => {
    const zipped = file('y.json.gz', gzipSync(JSON.stringify({ Records: [record('c'), 7] })))
    const { code, out, error } = await printed(() => explainFiles([file('x.json', lines), zipped], {}))
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(events(out)).toEqual([...['a', 'b', 'c'].map((id) => [id, 'act']), [null, 'ignore']])
  })

  test('Keeps the modes of the policy if asked, and takes another policy if asked.', async () => {
    const input = file('x.json', lines)
    const policy = file('p.yml', 'version: 1\nopen-ingress:\n  rules: [{ name: a, mode: watch, allow: [tcp/22] }]\n')
    expect(events((await printed(() => explainFiles([input], { asDeployed: true }))).out)).toEqual([
      ['a', 'watch'],
      ['b', 'watch'],
    ])
    expect(events((await printed(() => explainFiles([input], { policy }))).out)).toEqual([
      ['a', 'ignore'],
      ['b', 'ignore'],
    ])
  })

  test.each([
    ['is no JSON', () => file('bad.json', 'nonsense')],
    ['is missing', () => join(folder, 'missing')],
    ['is gzip that was cut short', () => file('cut.gz', gzipSync(lines).subarray(0, -9))],
    ['is no gzip, though it begins like it', () => file('no.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3]))],
  ])('Ends with 2 where a file %s, after all the others.', async (_, bad) => {
    const { code, out, error } = await printed(() => explainFiles([bad(), file('good.json', lines)], {}))
    expect(code).toBe(2)
    expect(events(out).slice(-2)).toEqual([
      ['a', 'act'],
      ['b', 'act'],
    ])
    expect(error).toContain('expected JSON, JSON lines or {"Records": […]}')
  })

  test('An empty file has no records and is no error.', async () => {
    expect(await printed(() => explainFiles([file('empty.json', '')], {}))).toEqual({ code: 0, out: '', error: '' })
  })

  test('Reads standard input, as a process of its own.', () => {
    const main = new URL('../../cli/main.ts', import.meta.url).pathname
    const args = ['--disable-warning=ExperimentalWarning', main, 'explain', '--as-deployed', '-']
    const { status, stdout } = spawnSync(process.execPath, args, { input: lines, encoding: 'utf8' })
    expect(events(stdout)).toEqual([
      ['a', 'watch'],
      ['b', 'watch'],
    ])
    expect(status).toBe(0)
  })
})

describe('The command check-policy', () => {
  const good = 'version: 1\nopen-ingress:\n  rules: [{ name: a, mode: act }]\n'
  const check = (text: string, json = false) => printed(() => checkPolicy(file('p.yml', text), { json }))

  test('Says what a good policy comes to.', async () => {
    const said = await check(good)
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('  a: act') })
    const json = { good: true, rules: [{ name: 'a', mode: 'act' }], exemptions: 0, expired: [] }
    expect(JSON.parse((await check(good, true)).out)).toEqual(json)
  })

  test('Names an exemption that has expired.', async () => {
    const old = '{ name: old, owner: abc, reason: abc, expires: 2020-01-01, groups: [sg-1] }'
    const { code, out } = await check(`${good}exemptions:\n  - ${old}\n`)
    expect(code).toBe(0)
    expect(out).toContain('exemption old has expired and spares nothing')
  })

  test('Says line, value and what was expected of a bad one, and ends with 1.', async () => {
    const bad = await check(good.replace('act', 'armed'))
    expect(bad.code).toBe(1)
    expect(bad.error).toContain('p.yml:3: open-ingress.rules.0.mode is "armed": expected watch')
    const json = await check(good.replace('act', 'armed'), true)
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject({ good: false, problems: [{ line: 3, value: '"armed"' }] })
  })

  test('A file that is not there is a fault of the input.', () => {
    expect(() => checkPolicy(join(folder, 'missing.yml'), {})).toThrow(
      expect.objectContaining({ code: 'input-invalid' }),
    )
  })
})
