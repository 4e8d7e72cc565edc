import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { Fault } from '#shared/fault.ts'
import { asked } from '../../cli/aws.ts'
import { checkPolicy } from '../../cli/check-policy.ts'
import { explainFiles } from '../../cli/explain.ts'

const MAIN = new URL('../../cli/main.ts', import.meta.url).pathname
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

  test('Says file and line of a bad JSON line, goes on with the next, and ends with 2.', async () => {
    const input = file('x.json', `${JSON.stringify(record('a'))}\n{"cut": \n${JSON.stringify(record('b'))}`)
    const { code, out, error } = await printed(() => explainFiles([input], {}))
    expect({ code, error }).toEqual({
      code: 2,
      error: '/x.json:2: expected a JSON value on this line, as on others; got "{\\"cut\\": "\n',
    })
    expect(events(out)).toEqual([
      ['a', 'act'],
      ['b', 'act'],
    ])
  })

  test('Standard input can be named only once.', async () => {
    await expect(explainFiles(['-', '-'], {})).rejects.toThrow(
      expect.objectContaining({ code: 'input-invalid', sentence: expect.stringContaining('Expected standard input') }),
    )
  })

  test('A reader that has seen enough ends it quietly.', () => {
    const many = file('many.json', `${lines}\n`.repeat(10_000))
    const shell = `"$0" --disable-warning=ExperimentalWarning "$1" explain "$2" | head -n 1; echo "codes \${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', shell, process.execPath, MAIN, many], { encoding: 'utf8' })
    expect(stdout.split('\n').slice(1)).toEqual(['codes 0', ''])
    expect(stderr).toBe('')
  })

  test('Reads standard input, as a process of its own.', () => {
    const args = [MAIN, 'explain', '--as-deployed', '-']
    const { status, stdout } = spawnSync(process.execPath, args, { input: lines, encoding: 'utf8' })
    expect(events(stdout)).toEqual(['a', 'b'].map((id) => [id, 'watch']))
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

  test('A file that is not there is a fault of the input, in the same words wherever a policy is named.', async () => {
    const missing = join(folder, 'missing.yml')
    const fault = expect.objectContaining({
      code: 'input-invalid',
      sentence: expect.stringContaining(`Expected a policy file at ${missing}; reading it failed with`),
    })
    expect(() => checkPolicy(missing, {})).toThrow(fault)
    await expect(explainFiles([file('x.json', lines)], { policy: missing })).rejects.toThrow(fault)
  })
})

describe('The command as a process of its own', () => {
  /** With no region, no credentials and no server, whatever the machine has. */
  const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}) => {
    const nothing = {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
    }
    const env = { PATH: process.env.PATH, ...nothing, ...more }
    return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env, cwd: folder })
  }
  const KEY = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1' }
  const NOBODY = { ...KEY, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }

  test('Says its version.', () => {
    expect(run(['--version'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  test.each([
    [['explain', '--policy', 'nosuch', 'x'], 'input-invalid: Expected a policy file at nosuch; '],
    [['check-policy', 'nosuch'], 'input-invalid: Expected a policy file at nosuch; '],
    [['undo', 'X', '--reason', 'because', '--for', '8d'], 'input-invalid: Expected --for to be a duration of 1m to 7d'],
    [['incidents', '--limit', '1.5'], 'input-invalid: Expected --limit to be a whole number'],
    [['show'], "error: missing required argument 'id'"],
    [['nosuch'], "error: unknown command 'nosuch'"],
  ])('%j is wrong usage: a sentence, and 2; with --json an error on standard output.', (args, sentence) => {
    const { status, stdout, stderr } = run([...args, '--json'])
    expect(status).toBe(2)
    expect(stderr.startsWith(sentence), stderr).toBe(true)
    const message = expect.stringContaining(sentence.replace(/^[a-z-]+: /, ''))
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'input-invalid', message } })
  })

  test.each([
    ['no region is set', ['incidents'], {}, 'read-failed', "to find the operators' API of stage prod"],
    [
      'there are no credentials',
      ['show', 'X', '--region', 'eu-west-1'],
      {},
      'read-failed',
      "to find the operators' API",
    ],
    ['ECONNREFUSED', ['show', 'X'], NOBODY, 'read-failed', "to find the operators' API"],
    ['no region is set', ['undo', 'X', '--reason', 'because'], {}, 'read-failed', "to find the operators' API"],
    ['ECONNREFUSED', ['undo', 'X', '--reason', 'because'], NOBODY, 'read-failed', "to find the operators' API"],
  ])('Where AWS can not be asked, as %s, %j is one sentence, and 1.', (came, args, env, code, expected) => {
    const { status, stdout, stderr } = run([...args, '--json'], env)
    expect(status).toBe(1)
    expect(stderr).toMatch(new RegExp(`^${code}: Expected ${expected}[^\\n]*${came}[^\\n]*\\n$`))
    expect(JSON.parse(stdout)).toEqual({ error: { code, message: stderr.trim().slice(code.length + 2) } })
  })
})

describe('What AWS answers to a command', () => {
  const question = { expected: 'AWS Lambda to run f', denied: 'step-denied', failed: 'step-failed' } as const
  const answered = (name: string, message: string, more: object = {}) =>
    asked(question, () => Promise.reject(Object.assign(new Error(message), { name, ...more })))

  test('Is said in a sentence, with a code of its own where AWS refused.', async () => {
    await expect(answered('AccessDeniedException', 'User x may not do y.')).rejects.toMatchObject({
      code: 'step-denied',
      sentence: 'Expected AWS Lambda to run f; what came was AccessDeniedException: User x may not do y.',
    })
    const sentence = 'Expected AWS Lambda to run f; the credentials have expired: sign in again.'
    await expect(answered('ExpiredTokenException', 'x')).rejects.toMatchObject({ code: 'step-failed', sentence })
    await expect(answered('AggregateError', '', { code: 'ECONNREFUSED' })).rejects.toMatchObject({
      sentence: 'Expected AWS Lambda to run f; what came was ECONNREFUSED.',
    })
  })

  test('Is what DynamoDB said, where the ledger has wrapped it.', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' })
    const wrapped = new Fault('ledger-unreachable', 'Expected …', denied)
    await expect(asked(question, () => Promise.reject(wrapped))).rejects.toMatchObject({
      code: 'step-denied',
      sentence: expect.stringContaining('what came was AccessDeniedException: no.'),
    })
  })
})
