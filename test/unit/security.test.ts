import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Holds SECURITY.md to its own word: each claim names a test that there is, or says that it is not tried. */

const root = new URL('../../', import.meta.url)
const lines = readFileSync(new URL('SECURITY.md', root), 'utf8').split('\n')
const rows = lines.filter((line) => line.startsWith('| ') && !/^\| (somebody can …|attack|what happens) \|/.test(line))
const named = (text: string) => [...text.matchAll(/`((?:unit|flow|property|emulator|fault|deploy)\/[a-z-]+)`/g)]

test('Every row names its tests in its last cell.', () => {
  expect(rows.length).toBeGreaterThan(45)
  for (const row of rows) {
    const cells = row.split(' | ')
    expect([row, cells.length]).toEqual([row, 3])
    expect([row, named(cells[2]!).length > 0]).toEqual([row, true])
    expect([row, cells[2]!.replaceAll(/`[a-z/-]+`/g, '').trim()]).toEqual([row, expect.stringMatching(/^[, ]*\|$/)])
  }
})

test('Every test that is named is there.', () => {
  const names = new Set(named(lines.join('\n')).map(([, name]) => name))
  expect(names.size).toBeGreaterThan(25)
  for (const name of names) {
    const file = new URL(`test/${name}.test.ts`, root)
    expect([name, existsSync(file)]).toEqual([name, true])
    expect([name, /\btest(\.each)?\b/.test(readFileSync(file, 'utf8'))]).toEqual([name, true])
  }
})
