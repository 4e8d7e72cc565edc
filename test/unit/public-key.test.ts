import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sshpk from 'sshpk'
import { afterAll, describe, expect, test } from 'vitest'
import { Fault } from '#shared/fault.ts'
import { readPublicKey } from '#shared/jump/public-key.ts'
import { always } from '../support/property.ts'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A key as OpenSSH makes it: its public line, and its private text. */
function made(type: string, bits?: number, format: readonly string[] = []) {
  const file = join(folder, `${type}-${bits ?? 0}-${format.join('')}`)
  const size = bits ? ['-b', String(bits)] : []
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, ...format, '-N', '', '-C', 'alice@laptop', '-f', file])
  return { line: readFileSync(`${file}.pub`, 'utf8').trim(), secret: readFileSync(file, 'utf8'), file }
}

const field = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
/** A line of any fields, as RFC 4253 writes them. */
const lineOf = (type: string, ...fields: readonly Uint8Array[]): string =>
  `${type} ${Buffer.concat([field(Buffer.from(type)), ...fields.map(field)]).toString('base64')}`
const number = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from(bytes[0]! & 128 ? [0] : []), bytes])

/** The same from Node: an RSA key of 4,096 bits, and an Ed25519 one. */
const rsaFromNode = (): string => {
  const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength: 4_096 }).publicKey.export({ format: 'jwk' })
  return lineOf('ssh-rsa', ...[e, n].map((one) => number(Buffer.from(one, 'base64url'))))
}
const edFromNode = (): string => {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  return lineOf('ssh-ed25519', Buffer.from(x, 'base64url'))
}

const ed = made('ed25519')
const rsa = made('rsa', 4_096)
const body = (line: string): string => line.split(' ')[1]!
const bytes = (line: string): Buffer => Buffer.from(body(line), 'base64')

/** What is said where it is refused. Throws where it is taken. */
function refusal(given: string): string {
  try {
    readPublicKey(given)
  } catch (error) {
    if (error instanceof Fault && error.code === 'input-invalid') return error.sentence
    throw error
  }
  throw new Error('expected it to be refused')
}

describe('A key that is taken', () => {
  test.each([
    ['Ed25519 of OpenSSH', ed.line],
    ['RSA of OpenSSH', rsa.line],
    ['Ed25519 of Node', edFromNode()],
    ['RSA of Node', rsaFromNode()],
    ['no comment', ed.line.split(' ').slice(0, 2).join(' ')],
    ['a comment of many words', `${ed.line} and more "of it"`],
    ['a line end of Unix', `${ed.line}\n`],
    ['a line end of Windows', `${ed.line}\r\n`],
    ['blanks and lines around it', `\n\n  ${ed.line}  \n\n`],
    ['tabs and blanks within it', ed.line.replaceAll(' ', ' \t ')],
    ['a mark of its bytes before it', `\ufeff${ed.line}`],
  ])('%s: type, size and fingerprint are what another implementation says, and the comment is gone.', (_what, line) => {
    const { text, fingerprint } = readPublicKey(line)
    const other = sshpk.parseKey(line.replaceAll(/[\s\ufeff]+/g, ' ').trim(), 'ssh')
    expect(fingerprint).toBe(other.fingerprint('sha256').toString())
    expect(text.split(' ')).toHaveLength(2)
    expect(sshpk.parseKey(text, 'ssh').fingerprint('sha256').toString()).toBe(fingerprint)
    expect([other.type, other.size]).toEqual(text.startsWith('ssh-rsa') ? ['rsa', 4_096] : ['ed25519', 256])
    expect(readPublicKey(text)).toEqual({ text, fingerprint })
  })

  test('has the fingerprint that ssh-keygen prints.', () => {
    for (const { file, line } of [ed, rsa])
      expect(execFileSync('ssh-keygen', ['-l', '-f', `${file}.pub`], { encoding: 'utf8' })).toContain(
        readPublicKey(line).fingerprint,
      )
  })
})

describe('A key that is refused', () => {
  const dsa = lineOf('ssh-dss', ...[129, 21, 129, 128].map((length) => Buffer.alloc(length, 7)))
  const sk = lineOf('sk-ssh-ed25519@openssh.com', bytes(ed.line).subarray(-32), Buffer.from('ssh:'))
  const cases: [string, string, RegExp][] = [
    ['RSA of 2,048 bits', made('rsa', 2_048).line, /2048 bits, which is too short: 4096 at least/],
    ['RSA of 1,024 bits', made('rsa', 1_024).line, /1024 bits/],
    ['RSA of 4,088 bits', lineOf('ssh-rsa', Buffer.from([1, 0, 1]), number(Buffer.alloc(511, 255))), /4088 bits/],
    ['DSA', dsa, /a key of type ssh-dss/],
    ['ECDSA', made('ecdsa', 256).line, /a key of type ecdsa-sha2-nistp256/],
    ['ECDSA of 521 bits', made('ecdsa', 521).line, /a key of type ecdsa-sha2-nistp521/],
    ['a key of a token', sk, /a key of type sk-ssh-ed25519@openssh\.com/],
    ['a certificate', ed.line.replace('ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com'), /other text/],
    ['options', `command="id" ${ed.line}`, /options are not taken/],
    ['options with blanks', `from="10.0.0.0/8",no-pty ${ed.line}`, /options are not taken/],
    ['a host before it', `web-1 ${rsa.line}`, /options are not taken/],
    ['a private key of OpenSSH', ed.secret, /private key, which never leaves your machine/],
    ['a private key in PEM', made('rsa', 2_048, ['-m', 'PEM']).secret, /private key/],
    ['a private key in PKCS #8', made('rsa', 2_048, ['-m', 'PKCS8']).secret, /private key/],
    ['a private key behind a public one', `${ed.line}\n${ed.secret}`, /private key/],
    ['two lines', `${ed.line}\n${rsa.line}`, /got 2 lines/],
    ['two lines of Windows', `${ed.line}\r\n${ed.line}\r\n`, /got 2 lines/],
    ['a second line behind a bare return', `${ed.line}\r${rsa.line}`, /got 2 lines/],
    ['a body over two lines', `${ed.line.slice(0, 40)}\n${ed.line.slice(40)}`, /got 2 lines/],
    ['nothing', '', /other text/],
    ['blanks', ' \n\t ', /other text/],
    ['a word', 'hello', /other text/],
    ['the type alone', 'ssh-ed25519', /is no base64/],
    ['the body alone', body(ed.line), /other text/],
    ['its type in capitals', ed.line.replace('ssh-', 'SSH-'), /other text/],
    ['a body that is cut', ed.line.split(' ').slice(0, 2).join(' ').slice(0, -7), /no base64|cut or changed/],
    [
      'a body that is cut to whole bytes',
      `ssh-ed25519 ${bytes(ed.line).subarray(0, -3).toString('base64')}`,
      /cut or changed/,
    ],
    [
      'bytes behind it',
      `ssh-ed25519 ${Buffer.concat([bytes(ed.line), Buffer.from('x')]).toString('base64')}`,
      /cut or changed/,
    ],
    ['a field behind it', lineOf('ssh-ed25519', bytes(ed.line).subarray(-32), Buffer.from('x')), /cut or changed/],
    [
      'an empty field behind it',
      lineOf('ssh-ed25519', bytes(ed.line).subarray(-32), Buffer.alloc(0)),
      /cut or changed/,
    ],
    ['junk in its base64', ed.line.replace('AAAA', 'AA!A'), /no base64/],
    ['base64 of the web', ed.line.replace(/AAAA/, 'AA-_'), /no base64|cut or changed/],
    ['a type that its body is not', ed.line.replace('ssh-ed25519', 'ssh-rsa'), /cut or changed/],
    ['and the other way round', rsa.line.replace('ssh-rsa', 'ssh-ed25519'), /cut or changed/],
    ['Ed25519 of 31 bytes', lineOf('ssh-ed25519', Buffer.alloc(31, 1)), /cut or changed/],
    [
      'a length that is too large',
      `ssh-ed25519 ${Buffer.from('ffffffff00', 'hex').toString('base64')}`,
      /cut or changed/,
    ],
    ['RSA without a number', lineOf('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(0)), /bits|cut or changed/],
    ['RSA of nothing but zeros', lineOf('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(513)), /bits|cut or changed/],
    [
      'RSA with a number below zero',
      lineOf('ssh-rsa', Buffer.from([1, 0, 1]), bytes(rsa.line).subarray(-512)),
      /cut or changed/,
    ],
    ['RSA whose exponent is 1', lineOf('ssh-rsa', Buffer.from([1]), bytes(rsa.line).subarray(-513)), /cut or changed/],
    [
      'RSA whose exponent is even',
      lineOf('ssh-rsa', Buffer.from([4]), bytes(rsa.line).subarray(-513)),
      /cut or changed/,
    ],
    [
      'RSA beyond what OpenSSH takes',
      lineOf('ssh-rsa', Buffer.from([1, 0, 1]), number(Buffer.alloc(2_049, 255))),
      /16392 bits/,
    ],
    ['a zero-width blank in its type', ed.line.replace('ssh-', 'ssh-\u200b'), /other text/],
    ['a zero-width blank in its body', ed.line.replace('AAAA', 'AA\u200bAA'), /no base64/],
    ['a zero-width blank behind its body', ed.line.replace(' alice', '\u200b alice'), /no base64/],
    ['a blank that does not break', ed.line.replace(' ', '\u00a0'), /other text/],
    ['letters that look alike', ed.line.replace('ssh-ed', 'ѕѕh-ed'), /other text/],
    ['megabytes', `ssh-ed25519 ${'A'.repeat(4_000_000)}`, /too long/],
    ['megabytes of comment', `${ed.line} ${'x'.repeat(4_000_000)}`, /too long/],
    ['a great many blanks', `ssh-ed25519${' \t'.repeat(1_000_000)}x`, /too long/],
    ['a great many lines', 'a\n'.repeat(1_000_000), /too long/],
  ]
  test.each(cases)('%s.', (_what, given, says) => {
    const started = performance.now()
    const sentence = refusal(given)
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(sentence).toMatch(says)
    expect(sentence.length).toBeLessThan(300)
    // No part of what was pasted is said again: it may be a secret.
    for (const part of given.split(/\s+/).filter((one) => one.length > 30))
      expect(sentence).not.toContain(part.slice(0, 25))
  })
})

const edLines = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => lineOf('ssh-ed25519', key))
const comments = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/[\r\n]|PRIVATE KEY/.test(text))

test('Whatever is taken is the same key to another implementation, and taken again as itself.', () => {
  always(300, [fc.oneof(edLines, fc.constantFrom(ed.line, rsa.line)), comments], (line, comment) => {
    const { text, fingerprint } = readPublicKey(`${line.split(' ').slice(0, 2).join(' ')} ${comment}`)
    expect(text).toBe(line.split(' ').slice(0, 2).join(' '))
    expect(sshpk.parseKey(text, 'ssh').fingerprint('sha256').toString()).toBe(fingerprint)
    expect(readPublicKey(text).text).toBe(text)
  })
})

test('A key of which one byte is another is refused, or is another key to another implementation too.', () => {
  const lines = [ed.line, rsa.line]
  let taken = 0
  always(300, [fc.constantFrom(...lines), fc.nat(), fc.integer({ min: 1, max: 255 })], (line, at, flip) => {
    const changed = bytes(line)
    changed[at % changed.length]! ^= flip
    const given = `${line.split(' ')[0]} ${changed.toString('base64')}`
    let read: ReturnType<typeof readPublicKey>
    try {
      read = readPublicKey(given)
    } catch (error) {
      expect(error).toMatchObject({ code: 'input-invalid' })
      return
    }
    taken++
    const other = sshpk.parseKey(read.text, 'ssh')
    expect(other.fingerprint('sha256').toString()).toBe(read.fingerprint)
    expect(read.fingerprint).not.toBe(readPublicKey(line).fingerprint)
    if (other.type === 'rsa') expect(other.size).toBeGreaterThanOrEqual(4_096)
  })
  expect(taken).toBeGreaterThan(50)
})

test('A line of which one character is another is refused, or is a key to another implementation too.', () => {
  always(
    600,
    [fc.constantFrom(ed.line, rsa.line), fc.nat(), fc.string({ minLength: 1, maxLength: 2, unit: 'binary' })],
    (line, at, by) => {
      const i = at % line.length
      try {
        const { text, fingerprint } = readPublicKey(line.slice(0, i) + by + line.slice(i + 1))
        expect(sshpk.parseKey(text, 'ssh').fingerprint('sha256').toString()).toBe(fingerprint)
      } catch (error) {
        expect(error).toMatchObject({ code: 'input-invalid' })
      }
    },
  )
})
