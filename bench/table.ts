import { type Row, SLACK, verdictOf } from './measure.ts'

/** Prints the rows, with what each is made of below it. */
export function printTable(rows: readonly Row[]): void {
  const cells = rows.map((row) => ({
    what: row.what,
    target: `${row.reach === 'at most' ? '≤' : '≥'} ${figure(row.target, row)} ${row.unit}`,
    seen: `${figure(row.seen, row)} ${row.unit}`,
    range: row.range ? `${figure(row.range[0], row)} to ${figure(row.range[1], row)}` : '',
    verdict: verdictOf(row),
    of: row.of,
  }))
  const head = { what: 'what', target: 'target', seen: 'seen', range: 'lowest to highest', verdict: 'verdict', of: '' }
  const width = (name: 'what' | 'target' | 'seen' | 'range') =>
    Math.max(...[head, ...cells].map((cell) => [...cell[name]].length))
  const widths = { what: width('what'), target: width('target'), seen: width('seen'), range: width('range') }
  for (const cell of [head, ...cells]) {
    const columns = (['what', 'target', 'seen', 'range'] as const).map((name) => cell[name].padEnd(widths[name]))
    console.log([...columns, cell.verdict].join('  '))
    if (cell.of) console.log(`    ${cell.of}`)
  }
  const count = (verdict: string) => cells.filter((cell) => cell.verdict === verdict).length
  console.log(
    `\n${count('reached')} reached, ${count('missed')} missed, ${count('FAILED')} failed (beyond ${SLACK} × the target; depth and size, beyond it at all). ` +
      'Seen are medians; ratios are of neighbouring runs.',
  )
}

const figure = (value: number, { unit }: Row): string =>
  unit === '×' ? value.toFixed(2) : Math.round(value).toLocaleString('en')
