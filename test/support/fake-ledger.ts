import {
  type Entry,
  type Head,
  INTENT_TIMEOUT,
  type Intent,
  type Ledger,
  type Memory,
  type Outcome,
  type SweepState,
} from '#shared/ledger.ts'

type Open = NonNullable<Memory['open']>

/** A ledger in memory, with the conditions of the real one. `entries` and `counts` are there to be looked at. */
export function fakeLedger() {
  const heads = new Map<string, Head>()
  const entries = new Map<string, Entry[]>()
  const opens = new Map<string, Open>()
  const intents = new Map<string, Intent[]>()
  const counts = new Map<string, Outcome>()
  const sweeps = new Map<string, SweepState>()
  const write = (incident: string, more: readonly Entry[]) =>
    entries.set(incident, [...(entries.get(incident) ?? []), ...more])
  const ledger: Ledger = {
    async recall({ subject }) {
      return { open: opens.get(subject) ?? null, intents: intents.get(subject) ?? [], graces: [], lastEvent: 0 }
    },
    async claim({ subject, head, hold, run, now, until, steps, entries: more, forget = [] }) {
      const open = opens.get(subject)
      const known = intents.get(subject) ?? []
      const busy = known.some(
        (one) =>
          steps.some((step) => step.id === one.step.id) &&
          one.state === 'intended' &&
          one.run !== run &&
          one.at > now - INTENT_TIMEOUT,
      )
      const held = hold === 'take-up' && open !== undefined && open.run !== run && open.until > now
      if (busy || held || (hold === 'open' ? open !== undefined : hold !== 'leave' && open?.incident !== head.id))
        return 'lost'
      if (hold === 'open') heads.set(head.id, head)
      if (hold === 'take-up' && head.verdict) heads.set(head.id, { ...heads.get(head.id)!, verdict: head.verdict })
      if (hold !== 'leave')
        opens.set(subject, { incident: head.id, summary: head.summary, told: open?.told ?? '', run, until })
      const fresh = steps.map((step): Intent => ({ step, incident: head.id, run, at: now, state: 'intended' }))
      intents.set(subject, [
        ...known.filter((one) => !steps.some((step) => step.id === one.step.id) && !forget.includes(one.step.id)),
        ...fresh,
      ])
      write(head.id, more)
      return 'claimed'
    },
    async record({ subject }, incident, more, states) {
      write(incident, more)
      intents.set(
        subject,
        (intents.get(subject) ?? []).map((one) => ({ ...one, state: states[one.step.id] ?? one.state })),
      )
    },
    async verified(head, entry) {
      write(head.id, [entry])
      heads.set(head.id, { ...heads.get(head.id)!, ...(head.verdict ? { verdict: head.verdict } : {}) })
    },
    async release({ subject }, incident, run, { closed, told }) {
      const open = opens.get(subject)
      if (open?.incident !== incident || open.run !== run) return false
      if (closed) {
        opens.delete(subject)
        heads.set(incident, { ...heads.get(incident)!, status: 'closed' })
      } else opens.set(subject, { ...open, told, until: 0 })
      return true
    },
    async undone() {},
    async count({ id, outcome }) {
      const first = !counts.has(id)
      if (first) counts.set(id, outcome)
      return first
    },
    async history(incident) {
      const head = heads.get(incident)
      return head ? { head, entries: entries.get(incident) ?? [] } : null
    },
    incidents: async (status, limit) => [...heads.values()].filter((head) => head.status === status).slice(0, limit),
    sweep: async (response) => sweeps.get(response) ?? null,
    async saveSweep(response, state) {
      sweeps.set(response, state)
    },
  }
  return { ledger, heads, entries, counts, sweeps, opens, intents }
}
