import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AskedTerms, readTerms } from '#shared/jump/terms.ts'
import { byPrincipal, bySlackId, mayAsk, zonesFor } from '#shared/jump/zone.ts'
import { descriptionOf } from '#shared/responses/jump-box/wanted.ts'
import { boxPolicy, KEY, slackId, ZONES } from '../support/box-policy.ts'
import { always } from '../support/property.ts'

const policy = boxPolicy()
const asked: AskedTerms = { zone: 'lab', reason: 'look at the logs', duration: '1h', key: `${KEY} me@laptop` }
const read = (more: Partial<AskedTerms> = {}, person = 'alice', by = policy) =>
  readTerms({ ...asked, ...more }, person, by)
const problemsOf = (more: Partial<AskedTerms>, person = 'alice') => {
  const terms = read(more, person)
  return 'problems' in terms ? terms.problems : {}
}

test('What is asked as it should be is had: the key without its comment, the reason without blanks around it.', () => {
  expect(read({ reason: '  look at the logs ' })).toEqual({
    zone: 'lab',
    reason: 'look at the logs',
    seconds: 3_600,
    key: KEY,
  })
})

describe('What is wrong is said of the field that it is wrong with', () => {
  test.each([
    [
      'a zone that is none',
      'alice',
      { zone: 'moon' },
      { zone: 'Expected one of the zones you may have a box in: lab, full, vault.' },
    ],
    [
      'a zone of others',
      'dave',
      { zone: 'vault' },
      { zone: 'Expected one of the zones you may have a box in: lab, full.' },
    ],
    [
      'somebody nobody knows',
      'mallory',
      {},
      { zone: 'Expected one of the zones you may have a box in: there is none.' },
    ],
    ['a name that objects have', 'alice', { zone: 'constructor' }, { zone: expect.any(String) }],
    ['no reason', 'alice', { reason: '' }, { reason: expect.stringContaining('3 to 500 characters') }],
    ['a reason of blanks', 'alice', { reason: ' \n\t   ' }, { reason: expect.stringContaining('3 to 500 characters') }],
    [
      'a reason that is too long',
      'alice',
      { reason: 'x'.repeat(501) },
      { reason: expect.stringContaining('3 to 500 characters') },
    ],
    ['no key', 'alice', { key: '' }, { key: expect.stringContaining('Expected an Ed25519 or RSA public key') }],
    [
      'all at once',
      'alice',
      { reason: 'x', duration: 'x', key: 'x' },
      { reason: expect.any(String), duration: expect.any(String), key: expect.any(String) },
    ],
  ])('%s.', (_what, person, more, problems) => expect(problemsOf(more, person)).toEqual(problems))

  test('of a zone first: what others may have is nobody’s to find out.', () => {
    expect(Object.keys(problemsOf({ zone: 'vault', reason: '', duration: '99h', key: '' }, 'dave'))).toEqual(['zone'])
  })
})

describe('For how long', () => {
  test.each([
    ['5m', 300],
    ['1h', 3_600],
    ['2h30m', 9_000],
    ['2h 30m', 9_000],
    ['2 hours', 7_200],
    ['0.5h', 1_800],
    ['4h', 14_400],
    ['240m', 14_400],
    [' 1H ', 3_600],
    ['', 3_600],
    ['  ', 3_600],
    [undefined, 3_600],
  ])('%j is %i seconds.', (duration, seconds) => expect(read({ duration })).toMatchObject({ seconds }))

  test.each([
    '-1h',
    '- 1h',
    '1e9h',
    '1e999h',
    '0',
    '0h',
    '4m59s',
    '4h1s',
    '5',
    '300',
    '1',
    'h',
    'forever',
    'Infinity',
    'NaN',
    '9'.repeat(400),
    '٥h',
    '1h'.repeat(10_000),
  ])('%j is refused.', (duration) => {
    expect(problemsOf({ duration })).toEqual({ duration: 'Expected a duration of 5m to 240m, such as 1h or 2h30m.' })
  })

  test('no longer than its own zone lets any be.', () => {
    expect(problemsOf({ zone: 'vault', duration: '61m' })).toEqual({ duration: expect.stringContaining('5m to 60m') })
    expect(read({ zone: 'vault', duration: '' })).toMatchObject({ seconds: 1_800 })
  })

  test('whatever is given: whole seconds that the zone allows, or a problem.', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.stringMatching(/^-?\d{0,6}(\.\d{1,3})?(e\d{1,3})? ?(s|m|h|d|ms|weeks)?$/),
    )
    always(150, [any], (duration) => {
      const terms = read({ duration })
      if ('problems' in terms) return expect(Object.keys(terms.problems)).toEqual(['duration'])
      expect(Number.isInteger(terms.seconds) && terms.seconds >= 300 && terms.seconds <= 14_400).toBe(true)
    })
  })
})

describe('Where the policy wants each rule to say why it exists', () => {
  const picky = structuredClone(policy)
  Object.assign(picky['open-ingress'], { describe: { mode: 'watch', pattern: '^[a-z]+: .*[A-Z]+-\\d+' } })

  test('so does the reason, which becomes the rule’s description.', () => {
    expect(read({ reason: 'TICKET-12 is on fire' }, 'alice', picky)).toMatchObject({ seconds: 3_600 })
    expect(read({}, 'alice', picky)).toEqual({
      problems: { reason: expect.stringContaining('matches ^[a-z]+: .*[A-Z]+-\\d+') },
    })
  })
})

describe('The description of a rule', () => {
  test.each([
    ['look', 'alice: look, until 2026-06-01T13:00Z'],
    ['a "b" <c> ü 漢 😀 \n|', 'alice: a _b_ _c_ _ _ __ __, until 2026-06-01T13:00Z'],
  ])('says who, why and until when: %j.', (reason, is) => {
    expect(descriptionOf('alice', reason, '2026-06-01T13:00:00.000Z')).toBe(is)
  })

  test('is what EC2 takes, whatever the reason is, and its end is never cut.', () => {
    always(
      300,
      [fc.string({ unit: 'binary', maxLength: 500 }), fc.stringMatching(/^[a-z0-9-]{1,63}$/)],
      (reason, person) => {
        const text = descriptionOf(person, reason, '2026-06-01T13:00:00.000Z')
        expect(text).toMatch(/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/)
        expect(text.startsWith(`${person}: `)).toBe(true)
        expect(text.endsWith(', until 2026-06-01T13:00Z')).toBe(true)
      },
    )
  })
})

describe('Who somebody is, and where they may have a box', () => {
  test('by their id in Slack, exactly.', () => {
    expect(bySlackId(slackId('alice'), policy)?.name).toBe('alice')
    for (const id of ['', 'U0123ALIC', `${slackId('alice')} `, 'u0123alice'])
      expect(bySlackId(id, policy)).toBeUndefined()
  })

  test.each([
    ['arn:aws:iam::111122223333:user/alice', 'alice'],
    ['arn:aws:iam::999999999999:user/bob', 'bob'],
    ['arn:aws:iam::111122223333:user/alice2', undefined],
    ['arn:aws:iam::111122223333:user/team/alice', undefined],
    ['x arn:aws:iam::111122223333:user/alice', undefined],
    ['arn:aws:iam::111122223333:user/alice\n', undefined],
    ['arn:aws:iam::111122223333:role/alice', undefined],
    ['', undefined],
  ])('by what IAM vouches for: %j is %s.', (arn, name) => expect(byPrincipal(arn, policy)?.name).toBe(name))

  test('in the zones that name them, or everybody whom the policy knows.', () => {
    expect(zonesFor('carol', policy).map(({ name }) => name)).toEqual(['lab', 'full', 'vault'])
    expect(zonesFor('dave', policy).map(({ name }) => name)).toEqual(['lab', 'full'])
    expect(zonesFor('mallory', policy)).toEqual([])
    // Named by a zone, and no longer known.
    const without = boxPolicy({ zones: { lab: ZONES.lab! }, people: ['bob'] })
    expect(mayAsk('alice', { who: ['alice'] }, without)).toBe(false)
  })
})
