import { chanceOf } from '#local/chance.ts'
import { groupId } from './account.ts'

/** What happens in a storm, the same every time: who opens what when, and when whom it is delivered to. */

export type Kind =
  | 'door'
  | 'watched'
  | 'asked'
  | 'spared'
  | 'safe'
  | 'another-account'
  | 'failed'
  | 'malformed'
  | 'refused'

export interface Happening {
  readonly kind: Kind
  readonly group: string
  readonly port: number
  readonly cidr: string
  /** When it is done, in milliseconds from the start. */
  readonly at: number
  /** After how many milliseconds its event is delivered, each time. */
  readonly delays: readonly number[]
}

/** How many groups there are of each kind, in the order of their numbers; those that may not be read are the last. */
const GROUPS = { door: 160, watched: 40, asked: 40, spared: 40, safe: 40, refused: 10 } as const
type Place = keyof typeof GROUPS
const PLACES = Object.keys(GROUPS) as Place[]
export const COUNT = PLACES.reduce((sum, place) => sum + GROUPS[place], 0)
export const REFUSED = GROUPS.refused
const DOORS = [8080, 3389, 5432, 6379, 22, 8443, 9200, 27017] as const

/** Of 20 events ten open a door; the rest of the kinds follow, two of each 20 out of `REST`. */
const KINDS: readonly Kind[] = [
  ...Array.from({ length: 10 }, (): Kind => 'door'),
  ...(['watched', 'watched', 'asked', 'asked', 'spared', 'spared', 'safe'] as const),
  'another-account',
]
const REST: readonly Kind[] = ['failed', 'malformed', 'failed', 'refused']

export function storm(events: number, seconds: number): Happening[] {
  const chance = chanceOf(7)
  const made: Partial<Record<Kind, number>> = {}
  return Array.from({ length: events }, (_, i) => {
    const kind = KINDS[i % 20] ?? REST[(2 * Math.floor(i / 20) + (i % 2)) % 4]!
    const nth = made[kind] ?? 0
    made[kind] = nth + 1
    // Most come within two seconds, some long after others that were made later; one in seven comes again, a third of
    // those at the same moment.
    const late = chance() < 0.05 ? 3_000 + 3_000 * chance() : 2_000 * chance()
    const again = chance() < 1 / 7 ? [late + (chance() < 1 / 3 ? 0 : 3_000 * chance())] : []
    return { kind, ...doorOf(kind, nth), at: (i * 1_000 * seconds) / events, delays: [late, ...again] }
  })
}

/** The nth door of its kind: no two of a group are the same. */
function doorOf(kind: Kind, nth: number): Pick<Happening, 'group' | 'port' | 'cidr'> {
  const place: Place = kind in GROUPS ? (kind as Place) : 'safe'
  const number = nth % GROUPS[place]
  const turn = Math.floor(nth / GROUPS[place])
  const group = groupId(PLACES.slice(0, PLACES.indexOf(place)).reduce((sum, one) => sum + GROUPS[one], number))
  const world = '0.0.0.0/0'
  if (kind === 'door') return { group, port: DOORS[(turn + number) % DOORS.length]!, cidr: world }
  if (kind === 'watched') return { group, port: 9_000 + turn, cidr: world }
  if (kind === 'asked') return { group, port: 9_100 + turn, cidr: world }
  return { group, port: kind === 'spared' ? 25 : 80, cidr: `0.0.0.0/${turn % 32}` }
}
