import type { Check } from '#shared/doctor/check.ts'

const MARKS = { ok: 'ok', bad: 'BAD', unknown: '?' } as const
const WORST: readonly Check['state'][] = ['bad', 'unknown', 'ok']

/**
 * The checks as a table for people, what is bad first, and the exit code: 1 where anything is bad.
 * Terminals get no control characters: some words come from AWS or from people.
 */
export function renderChecks(checks: readonly Check[]): { readonly text: string; readonly code: 0 | 1 } {
  const width = Math.max(0, ...checks.map(({ name }) => name.length))
  const indent = ' '.repeat(5 + width + 2)
  const rows = WORST.flatMap((state) => checks.filter((one) => one.state === state)).flatMap((one) => [
    `${MARKS[one.state].padEnd(5)}${one.name.padEnd(width)}  ${plain(one.says)}`,
    ...(one.fix ? [`${indent}→ ${plain(one.fix)}`] : []),
  ])
  const count = (state: Check['state']) => checks.filter((one) => one.state === state).length
  const sum = `${count('ok')} ok, ${count('bad')} bad, ${count('unknown')} unknown`
  return { text: [...rows, '', sum].join('\n').trim(), code: count('bad') > 0 ? 1 : 0 }
}

const plain = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
