import type { Grace, Origin, Round } from '#shared/finding.ts'
import type { BoxRequest } from '#shared/jump/box-request.ts'
import {
  type Ask,
  type Disarmed,
  INTENT_TIMEOUT,
  type Intent,
  type Ledger,
  type Memory,
  type Outcome,
  type Refusal,
  type Scarce,
  type SlackMessage,
  type SweepState,
  type Token,
} from '#shared/ledger.ts'
import type { Entry, Head } from '#shared/story.ts'
import type { Suspicion } from '#shared/suspicion.ts'

type Open = NonNullable<Memory['open']>

/** A ledger in memory, with the conditions of the real one. Its books are there to be looked at. */
export function fakeLedger() {
  const heads = new Map<string, Head>()
  const entries = new Map<string, Entry[]>()
  const opens = new Map<string, Open>()
  const intents = new Map<string, Intent[]>()
  const counts = new Map<string, Outcome>()
  const sweeps = new Map<string, SweepState>()
  const asks = new Map<string, Ask>()
  const origins = new Map<string, Map<string, Origin>>()
  const rounds = new Map<string, Map<string, Round>>()
  const graces = new Map<string, Map<string, Grace>>()
  const tokens = new Map<string, Token>()
  const suspicions = new Map<string, Map<string, Suspicion>>()
  const words = new Set<string>()
  const requests = new Map<string, BoxRequest>()
  const lastRequests = new Map<string, string>()
  const refusals: Refusal[] = []
  const messages = new Map<string, SlackMessage>()
  const state: { disarmed: Disarmed | null; lastEvents: Map<string, number>; scarce?: Scarce } = {
    disarmed: null,
    lastEvents: new Map(),
  }

  const write = (incident: string, more: readonly Entry[]) =>
    entries.set(incident, [...(entries.get(incident) ?? []), ...more])
  const keep = <T>(book: Map<string, Map<string, T>>, subject: string, all: readonly T[], key: (one: T) => string) =>
    book.set(subject, new Map([...(book.get(subject) ?? []), ...all.map((one): [string, T] => [key(one), one])]))
  const isOut = (token: Token, now: number) => {
    const held = tokens.get(token.name)
    return held !== undefined && held.until >= now && held.subject !== token.subject
  }
  const isAnswered = (subject: string, was: Ask | null) => {
    const is = asks.get(subject)
    return was ? is?.hash !== was.hash || is.at !== was.at || is.state !== was.state : is !== undefined
  }
  const setAsk = (subject: string, is: Ask | null) => void (is ? asks.set(subject, is) : asks.delete(subject))
  const guard = async () => ({
    disarmed: state.disarmed,
    tokens: [...tokens.values()],
    ...(state.scarce ? { scarce: state.scarce } : {}),
  })

  const ledger: Ledger = {
    async recall({ subject }) {
      return {
        open: opens.get(subject) ?? null,
        intents: intents.get(subject) ?? [],
        graces: [...(graces.get(subject)?.values() ?? [])],
        origins: [...(origins.get(subject)?.values() ?? [])],
        rounds: [...(rounds.get(subject)?.values() ?? [])],
        suspicions: [...(suspicions.get(subject)?.values() ?? [])],
        request: requests.get(subject) ?? null,
        ask: asks.get(subject) ?? null,
        guard: await guard(),
        lastEvent: state.lastEvents.get(subject) ?? 0,
      }
    },
    async claim(claim) {
      const { subject, head, hold, run, now, until, steps, entries: more, forget = [], armed, token, ask } = claim
      const open = opens.get(subject)
      const known = intents.get(subject) ?? []
      const busy = known.some(
        (one) =>
          steps.some((step) => step.id === one.step.id) &&
          one.state === 'intended' &&
          one.run !== run &&
          one.at > now - INTENT_TIMEOUT,
      )
      const changed = steps.some((step) => {
        const [was, is] = [claim.seen, known].map((all) => all?.find((one) => one.step.id === step.id))
        return step.once === true && (was?.state !== is?.state || was?.at !== is?.at)
      })
      const held = hold === 'take-up' && open !== undefined && open.run !== run && open.until > now
      const at = hold === 'let-go' && open !== undefined && open.until > now
      if (
        busy ||
        changed ||
        held ||
        at ||
        (hold === 'open' ? open !== undefined : hold !== 'leave' && open?.incident !== head.id)
      )
        return 'lost'
      if ((armed && state.disarmed) || (token && isOut(token, now)) || (ask && isAnswered(subject, ask.was)))
        return 'lost'
      if (token) tokens.set(token.name, token)
      if (ask) setAsk(subject, ask.is)
      keep(origins, subject, claim.origins ?? [], (one) => one.part)
      keep(rounds, subject, claim.rounds ?? [], (one) => one.permission)
      keep(graces, subject, claim.graces ?? [], (one) => one.permission)
      keep(suspicions, subject, claim.suspicions ?? [], (one) => one.id)
      for (const id of claim.cleared ?? []) suspicions.get(subject)?.delete(id)
      if (hold === 'open') heads.set(head.id, head)
      if (hold === 'take-up' && head.verdict) heads.set(head.id, { ...heads.get(head.id)!, ...endOf(head) })
      if (hold === 'let-go') opens.delete(subject)
      else if (hold !== 'leave')
        opens.set(subject, {
          incident: head.id,
          summary: head.summary,
          told: open?.told ?? '',
          run,
          until,
          held: open?.held ?? false,
        })
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
    async verified(head, more) {
      write(head.id, more)
      heads.set(head.id, { ...heads.get(head.id)!, ...endOf(head) })
    },
    async ask({ subject }, { was, is }) {
      if (isAnswered(subject, was)) return false
      setAsk(subject, is)
      return true
    },
    async answer({ subject }, { incident, hash, state: said, now }, entry) {
      const ask = asks.get(subject)
      const fits = ask?.state === 'asked' && ask.hash === hash && ask.incident === incident && ask.expires > now
      if (!ask || !fits || (said === 'approved' && state.disarmed)) return false
      asks.set(subject, { ...ask, state: said, by: entry.by, decidedAt: entry.at })
      write(incident, [entry])
      return true
    },
    askOf: async ({ subject }) => asks.get(subject) ?? null,
    guard,
    async keepScarce(_response, scarce) {
      state.scarce = scarce
    },
    async setDisarmed(_response, disarmed) {
      state.disarmed = disarmed
    },
    async take(_response, token, now) {
      if (isOut(token, now)) return false
      tokens.set(token.name, token)
      return true
    },
    async keepOrigins({ subject }, more) {
      keep(origins, subject, more, (one) => one.part)
    },
    chainHead: (incident) => (entries.has(incident) ? `chain-${entries.get(incident)!.length}` : ''),
    async release({ subject }, incident, run, { status, held, told }) {
      const open = opens.get(subject)
      if (open?.incident !== incident || open.run !== run) return 'lost'
      if (words.delete(subject)) {
        if (held) heads.set(incident, { ...heads.get(incident)!, status })
        opens.set(subject, { ...open, told, held })
        return 'word'
      }
      if (status === 'closed' || held) heads.set(incident, { ...heads.get(incident)!, status })
      if (status === 'closed') {
        opens.delete(subject)
        asks.delete(subject)
      } else opens.set(subject, { ...open, told, held, until: 0 })
      return 'released'
    },
    async leaveWord({ subject }, run, now, more) {
      const open = opens.get(subject)
      if (!open || open.run === run || open.until <= now) return false
      words.add(subject)
      keep(suspicions, subject, more, (one) => one.id)
      return true
    },
    async suspect({ subject }, more) {
      keep(suspicions, subject, more, (one) => one.id)
    },
    async undone(head, entry, end) {
      write(head.id, [entry])
      heads.set(head.id, { ...heads.get(head.id)!, undone: entry.at, ...(end?.closes ? { status: 'closed' } : {}) })
    },
    async count({ id, outcome, at, heard }, pages) {
      const first = !counts.has(id)
      if (first) counts.set(id, outcome)
      for (const { subject } of heard ? pages : []) state.lastEvents.set(subject, at)
      return first
    },
    async addRequest(request, instead) {
      const place = `${request.person} ${request.zone}`
      if ((lastRequests.get(place) ?? null) !== instead || requests.has(request.id)) return false
      lastRequests.set(place, request.id)
      requests.set(request.id, request)
      return true
    },
    async changeRequest(is) {
      if (requests.get(is.id)?.version !== is.version - 1) return false
      requests.set(is.id, is)
      return true
    },
    requestOf: async (person, zone) => lastRequests.get(`${person} ${zone}`) ?? null,
    keyOf: async (person) => [...requests.values()].findLast((one) => one.person === person)?.key ?? null,
    messageOf: async (incident, channel) => messages.get(`${incident} ${channel}`) ?? null,
    async keepMessage(incident, channel, message) {
      messages.set(`${incident} ${channel}`, message)
    },
    async reserveMessage(incident, channel, was, reservedAt) {
      const key = `${incident} ${channel}`
      if (messages.get(key)?.reservedAt !== was?.reservedAt) return false
      messages.set(key, { ts: '', channel: '', at: 0, reservedAt })
      return true
    },
    async refused(what) {
      refusals.push(what)
    },
    async history(incident) {
      const head = heads.get(incident)
      const told = entries.get(incident) ?? []
      return head ? { head, entries: told, digests: told.map((_, i) => `chain-${i + 1}`), broken: [] } : null
    },
    lastEvent: async () => Math.max(0, ...state.lastEvents.values()),
    incidents: async (status, limit) => [...heads.values()].filter((head) => head.status === status).slice(0, limit),
    sweep: async (response) => sweeps.get(response) ?? null,
    async saveSweep(response, sweep) {
      sweeps.set(response, sweep)
    },
  }
  return {
    ledger,
    heads,
    entries,
    counts,
    sweeps,
    opens,
    intents,
    asks,
    origins,
    rounds,
    tokens,
    suspicions,
    requests,
    refusals,
    state,
  }
}

const endOf = ({ verdict, left }: Head): Partial<Head> => ({
  ...(verdict ? { verdict } : {}),
  ...(left ? { left } : {}),
})
