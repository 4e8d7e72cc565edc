import type { Description } from '#shared/describe.ts'
import type { BlockedBox, OverdueBox, WantedBox } from '#shared/finding.ts'
import type { BoxRequest } from '#shared/jump/box-request.ts'
import { quote } from '#shared/kit/quote.ts'
import type { Difference, Remains } from './differences.ts'

type Of = Pick<BoxRequest, 'person' | 'zone' | 'reason'>

const named = ({ person, zone, reason }: Of): string => `jump box of ${person} in ${zone}, ${quote(reason, 120)},`

const DIFFERENCES: Readonly<Record<Difference['what'], string>> = {
  group: 'its group',
  'rule-missing': 'a rule of its group',
  'rule-more': 'a rule that is none of its own',
  description: 'the description of its rule',
  instance: 'its instance',
  start: 'its address, which EC2 does not show yet',
  expiry: 'the expiry that its guest is told',
  schedule: 'the schedule that ends it',
  record: 'its name in DNS',
}

const differsIn = (differs: readonly Difference[]): string =>
  [...new Set(differs.map(({ what }) => DIFFERENCES[what]))].join(', ')

/** A wanted box in words. */
export const describeWantedBox: Description<WantedBox> = {
  summary: (_subject, [first]) => (first ? named(first.request) : ''),
  cured: ({ finding: { request, wanted, differs, longest }, decision }, done) => {
    const opens = differs.some(({ what }) => what === 'instance')
    const verb = opens ? (done ? 'Opened' : 'To be opened') : done ? 'Put right' : 'To be put right'
    return [
      `${verb}, by ${decision.because.clause}: ${opens ? `for ${wanted.address} alone, with the key of ${request.person} alone` : differsIn(differs)}.`,
      `It ends at ${wanted.until}; it can be extended until ${longest}.`,
    ]
  },
  putBack: '',
  left: ({ finding: { request, wanted, differs, longest }, decision }) => [
    decision.mode === 'ask'
      ? `${request.person} asks for a jump box in ${request.zone} for ${request.seconds / 60} minutes (with extensions until ${longest} at most), for ${wanted.address}: ${quote(request.reason, 300)}`
      : `Not as it has to be: ${differsIn(differs)}.`,
    `Left so, by ${decision.because.clause}: ${decision.because.says}`,
  ],
  facts: ({ request, wanted, differs }) => ({
    person: request.person,
    zone: request.zone,
    reason: quote(request.reason, 500),
    until: wanted.until,
    differs: differs.map(({ what }) => what),
  }),
  gist: ({ wanted, differs }) => [wanted.until, wanted.address, differs.map(({ what }) => what)],
}

const remainsText = ({ instance, ending, group, schedule, records }: Remains): string =>
  [
    ...(instance ? ['its instance'] : []),
    ...(ending ? ['its instance, which is shutting down'] : []),
    ...(group ? ['its group'] : []),
    ...(schedule ? ['its schedule'] : []),
    ...(records.length > 0 ? ['its name in DNS'] : []),
  ].join(', ')

/** A box that is to go, in words. */
export const describeOverdueBox: Description<OverdueBox> = {
  summary: (subject, [first]) => (first?.of ? named(first.of) : `jump box ${subject}, which nobody asked for,`),
  cured: ({ finding: { why, remains } }, done) => [
    `${done ? 'Ended' : 'To be ended'}, since ${why}: ${remainsText(remains)}.`,
  ],
  putBack: '',
  left: ({ finding: { why, remains } }) => [
    remains.held
      ? `Since ${why}, it has to go; but it is in quarantine, and kept for its evidence. It goes when it is released.`
      : remains.ending && !remains.instance
        ? `Since ${why}, it is being ended. What hangs on the instance goes when EC2 says that it is terminated.`
        : `Since ${why}, it has to go. Still there: ${remainsText(remains)}. The next look tries again.`,
  ],
  facts: ({ why, remains, of }) => ({
    why,
    remains: remainsText(remains),
    ...(of ? { person: of.person, zone: of.zone } : {}),
  }),
  gist: ({ why, remains }) => [why, remainsText(remains)],
}

/** A box that can't be opened, in words. */
export const describeBlockedBox: Description<BlockedBox> = {
  summary: (_subject, [first]) => (first ? named(first.request) : ''),
  cured: ({ finding }) => [finding.why],
  putBack: '',
  left: ({ finding: { why } }) => [`Not opened: ${why}.`],
  facts: ({ why, request }) => ({ why, person: request.person, zone: request.zone }),
  gist: ({ why }) => why,
}
