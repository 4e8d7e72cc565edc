import { field, list } from '#shared/kit/loose.ts'
import type { Ask } from '#shared/ledger.ts'
import { ascii, type Notice } from '#shared/notice.ts'

/** So many characters of lines make one digest: `tell` cuts off what is beyond 32,000. */
const SIZE = 24_000
/** Of what asks nobody and is not critical, so many lines are shown; `portcullis incidents` has the rest. */
const SHOWN = 100

/**
 * Many notices in few, as a first sweep and a flood make them. The worst come first. What asks a person, or is critical, is
 * never left out, however much there is of it: it goes on in a further digest. Each answers with what it tells of, which is
 * told once it is sent.
 */
export function digestsOf<T extends { readonly brief: Notice }>(
  all: readonly T[],
  about: { readonly account: string; readonly region: string },
): { readonly notice: Notice; readonly of: readonly T[] }[] {
  const sorted = all.toSorted((a, b) => rank(b.brief) - rank(a.brief))
  const needed = sorted.filter(({ brief }) => isNeeded(brief)).length
  const shown = sorted.slice(0, Math.max(needed, SHOWN))
  const pages: T[][] = [[]]
  let size = 0
  for (const one of shown) {
    const { length } = digestLine(one.brief)
    if (size > 0 && size + length > SIZE) {
      pages.push([])
      size = 0
    }
    pages.at(-1)!.push(one)
    size += length
  }
  return pages.map((page, i) => {
    const more = i === pages.length - 1 ? sorted.slice(shown.length) : []
    const of = [...page, ...more]
    const notices = of.map(({ brief }) => brief)
    return { of, notice: digestOf(notices, about, { page: i + 1, pages: pages.length, hidden: more.length }) }
  })
}

const isAsked = ({ facts }: Notice): boolean => field(facts.ask, 'state') === 'asked'
const isNeeded = (notice: Notice): boolean => notice.importance === 'critical' || isAsked(notice)
const isWorst = ({ facts }: Notice): boolean => list(facts.left).some((one) => field(one, 'worst') === true)

/** What needs a person before what does not; among these what failed, then the worst doors. */
const rank = (notice: Notice): number =>
  (isNeeded(notice) ? 4 : 0) + (notice.importance === 'critical' ? 2 : 0) + (isWorst(notice) ? 1 : 0)

/** Many notices in one; of the last `hidden` only the number is told. */
export function digestOf(
  notices: readonly Notice[],
  about: { readonly account: string; readonly region: string },
  { page, pages, hidden } = { page: 1, pages: 1, hidden: 0 },
): Notice {
  const part = pages > 1 ? `, part ${page} of ${pages}` : ''
  return {
    subject: ascii(
      `Portcullis: the sweep of ${about.account} ${about.region} has ${notices.length} findings to tell${part}`,
    ),
    text: [
      ...notices.slice(0, notices.length - hidden).map(digestLine),
      ...(hidden > 0 ? [`… and ${hidden} more: npx portcullis incidents`] : []),
    ].join('\n'),
    importance: notices.some((notice) => notice.importance === 'critical') ? 'critical' : 'important',
    facts: {
      digest: notices.length,
      ...about,
      incidents: notices.slice(0, 500).map(({ facts }) => [facts.incident, facts.subject, facts.verdict]),
      asks: notices.flatMap(({ facts: { incident, ask } }) => {
        const { state, approve } = (ask ?? {}) as { readonly state?: string; readonly approve?: string }
        return state === 'asked' ? [[incident, approve]] : []
      }),
    },
  }
}

/** One of many: what it is, whether no event had told of it, and where a person is asked, how to answer. */
function digestLine({ text, facts }: Notice): string {
  const { approve, times = 1, reminded, state } = (facts.ask ?? {}) as Partial<Ask & { approve: string }>
  const missed = facts.missed ? ' No event had told of it.' : ''
  const line = `- ${text.split('\n')[0]}${missed} (${String(facts.incident)})`
  if (state !== 'asked') return line
  return `${line}\n  ${reminded ? 'REMINDER' : times > 1 ? 'ASKED AGAIN' : 'ASKED'}: ${approve}`
}
