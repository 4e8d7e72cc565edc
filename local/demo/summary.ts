import type { Cast } from '#local/demo/cast.ts'

/** The table at the end: each door, how long it was open by the witness's watch, and the ledger's verdict. */
export function summarise({ rows, screen }: Cast, took: string): void {
  screen.act('In short')
  screen.table(
    ['door', 'opened → closed', 'verdict'],
    rows.map(({ door, closedMs, verdict }) => [door, closedMs === null ? 'open' : `${closedMs} ms`, verdict]),
  )
  const { checks, failed } = screen.score
  const result = failed === 0 ? `All ${checks} checks hold` : `${failed} of ${checks} checks FAILED`
  screen.act(`${result}, after ${took}.`)
}
