import { describe, expect, test } from 'vitest'
import { chained, unchained } from '#shared/aws/chain.ts'
import type { Item } from '#shared/aws/table.ts'
import { iso } from '#shared/kit/iso.ts'
import type { Call, Step } from '#shared/plan.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { contentOf } from '#shared/responses/open-ingress/origins.ts'
import { undo } from '#shared/responses/open-ingress/undo.ts'
import { permissionText } from '#shared/responses/open-ingress/world.ts'
import type { Entry, Head } from '#shared/story.ts'
import { door } from '../support/fake-world.ts'
import { exemption, policyWith } from '../support/policies.ts'
import { HOUR, pipeline, stage } from '../support/stage.ts'

/** What comes of it when somebody writes into the ledger: what is found out, and what is not (SECURITY.md, "The ledger"). */

const ID = '01JZ0000000000000000000001'
const by = { name: 'lena', from: '198.51.100.7' }
const all = (GroupId: string): Call => ({
  call: 'ec2:AuthorizeSecurityGroupIngress',
  input: { GroupId, IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] },
})

/** An incident that closed port 22, as the table holds it, after somebody has written into it. */
async function written(
  forge: (story: { head: Head; items: Item[]; chain: Chain }) => Partial<{ head: Head; items: Item[] }>,
) {
  const world = stage(policyWith(), { 'sg-1': [], 'sg-2': [] })
  Object.assign(world.ports, { newId: () => ID })
  await world.open('sg-1', door('sgr-1'))
  let serial = 0
  const chain: Chain = (entries, tip = '') =>
    chained(ID, entries, tip, () => String(++serial).padStart(4, '0')).items as Item[]
  const story = { head: world.heads.get(ID)!, items: chain(world.entries.get(ID)!), chain }
  const { head, items } = { ...story, ...forge(story) }
  world.ledger.history = async () => ({ head, ...unchained(ID, items) })
  const told = story.items.at(-1)!.hash
  const ask = (more: object = {}) =>
    undo({ incident: ID, reason: 'a demonstration', by, chain: told, ...more }, world.ports, { id: 'u', startedAt: 0 })
  const opened = () => world.worlds.get('sg-1')!.rules.map((rule) => `${rule.protocol}/${rule.from} ${rule.cidr}`)
  return { ...world, ask, opened, broken: unchained(ID, items).broken }
}
type Chain = (entries: readonly Entry[], tip?: string) => Item[]

const entriesOf = (items: readonly Item[]): readonly Entry[] => unchained(ID, items).entries
/** The same entries, with another plan, chained from the beginning as only who knows how can. */
const withPlan = (items: readonly Item[], change: (step: Step) => Step): Entry[] =>
  entriesOf(items).map((entry) => ('plan' in entry ? { ...entry, plan: entry.plan.map(change) } : entry))

describe('The calls that are stored as inverses', () => {
  test('are for people to read: an undo makes its own, from the plan and the pre-image.', async () => {
    const world = await written(({ items, chain }) => ({
      items: chain(withPlan(items, (step) => ({ ...step, undo: [all('sg-1'), all('sg-2')] }))),
    }))
    expect(world.broken).toEqual([])
    // Written anew from its beginning, it no longer holds what people were told; without that, only the ledger vouches for it.
    expect(await world.ask()).toMatchObject({ what: 'refused', why: expect.stringContaining('rewritten') })
    expect(await world.ask({ chain: undefined })).toMatchObject({ what: 'undone', fidelity: 'exact' })
    expect(world.opened()).toEqual(['tcp/22 0.0.0.0/0'])
    expect(world.left('sg-2')).toEqual([])
  })
})

describe('A forged plan that is appended, with its pre-image and its outcome', () => {
  const forged = (items: readonly Item[], chain: Chain, GroupId: string): Item[] => {
    const [first] = entriesOf(items)
    if (first?.what !== 'opened') throw new Error('expected the story to begin')
    const rule = { ...door('sgr-forged', 3389) }
    const does: Call = { call: 'ec2:RevokeSecurityGroupIngress', input: { GroupId, SecurityGroupRuleIds: [rule.id!] } }
    const step: Step = { ...first.plan[0]!, id: 'forged', does, closes: [permissionText(rule)] }
    const before = { ...(first.before as object), rules: [rule] }
    return chain(
      [
        { ...first, what: 'joined', plan: [step], before },
        { what: 'done', at: first.at, step: 'forged' },
      ],
      String(items.at(-1)!.hash),
    )
  }

  test('chains, and holds the digest of the notice: an undo authorises the rules in it. Nothing finds this.', async () => {
    const world = await written(({ items, chain }) => ({ items: [...items, ...forged(items, chain, 'sg-1')] }))
    expect(world.broken).toEqual([])
    expect(await world.ask()).toMatchObject({ what: 'undone' })
    expect(world.opened().toSorted()).toEqual(['tcp/22 0.0.0.0/0', 'tcp/3389 0.0.0.0/0'])
  })

  test('is refused where it is about another group: an undo opens the group of its incident, and no other.', async () => {
    const world = await written(({ items, chain }) => ({ items: [...items, ...forged(items, chain, 'sg-2')] }))
    expect(await world.ask({ force: true })).toMatchObject({
      what: 'refused',
      why: 'its plan is about another group than its head',
    })
    expect([...world.left('sg-1'), ...world.left('sg-2')]).toEqual([])
  })
})

describe('The head of an incident, and the order of its entries', () => {
  test('are not in the chain: a head that says otherwise breaks nothing, and lets an undo be made twice.', async () => {
    const world = await written(({ head }) => ({ head: { ...head, status: 'open', verdict: 'open' } }))
    expect(world.broken).toEqual([])
    expect(await world.ask()).toMatchObject({ what: 'undone' })
    // Its head should say by now that it was undone. Somebody has seen to it that it does not.
    world.change('sg-1', { rules: [] })
    expect(await world.ask()).toMatchObject({ what: 'undone' })
  })

  test('let an undo not be made, where the head says that it was.', async () => {
    const world = await written(({ head }) => ({ head: { ...head, undone: '2026-06-01T12:00:00.000Z' } }))
    expect(await world.ask()).toMatchObject({ what: 'refused', why: expect.stringContaining('it was undone at') })
  })

  test('send no undo to another group: the plan and the head have to be about the same.', async () => {
    const world = await written(({ head }) => ({ head: { ...head, subject: 'sg-2' } }))
    expect(await world.ask({ force: true })).toMatchObject({ what: 'refused' })
    expect([...world.left('sg-1'), ...world.left('sg-2')]).toEqual([])
  })

  test('stand in the keys: entries in another order chain as before.', async () => {
    const world = await written(({ items }) => ({ items: items.toReversed() }))
    expect(world.broken).toEqual([])
  })
})

describe('What is not chained', () => {
  const PAGE = { response: 'open-ingress', subject: 'sg-1' }
  const open = (policy: Policy = policyWith()) => stage(policy, { 'sg-1': [door('sgr-1', 25)] })

  test('a grace that somebody adds has a door spared.', async () => {
    const world = open()
    const grace = { permission: permissionText(door('sgr-1', 25)), until: '2026-06-02T00:00:00Z', incident: ID }
    const claim = { ...PAGE, hold: 'leave' as const, run: 'x', now: 0, until: 0, steps: [], entries: [] }
    await world.ledger.claim({ ...claim, head: { id: ID } as Head, graces: [grace] })
    expect(await world.sweep()).toBe('spared')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })

  test('an origin that somebody adds earns the spare of an exemption with actors; one for another content does not.', async () => {
    const actors = 'actors:\n  - name: pipeline\n    principals: ["arn:aws:iam::*:role/pipeline"]\n'
    for (const [port, outcome] of [
      [25, 'spared'],
      [26, 'asked'],
    ] as const) {
      const world = open(policyWith(actors + exemption('groups: [sg-1]\nports: [tcp/25]\nactors: [pipeline]')))
      const content = contentOf(door('sgr-1', port), world.worlds.get('sg-1')!)
      await world.ledger.keepOrigins(PAGE, [{ part: 'sgr-1', content, actor: pipeline, event: 'x', at: iso(0) }], 0)
      expect(await world.sweep()).toBe(outcome)
    }
  })

  test('an approval that somebody adds has the plan carried out that the policy only asks, and nothing more.', async () => {
    const world = stage(policyWith('    - { name: asked, mode: ask }\n', 'only: [tcp/1]'), { 'sg-1': [] })
    await world.open('sg-1', door('sgr-1'))
    world.asks.set('sg-1', { ...world.asks.get('sg-1')!, state: 'approved', by: { name: 'nobody' } })
    await world.open('sg-1', door('sgr-2', 23))
    expect(world.left('sg-1')).toEqual(['sgr-1', 'sgr-2'])
    const again = world.asks.get('sg-1')!
    expect(again.state).toBe('asked')
    world.asks.set('sg-1', { ...again, state: 'approved', by: { name: 'nobody' } })
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
  })

  test('tokens that somebody writes make it ask where it would act: people are told, and it goes on in an hour.', async () => {
    const world = open(policyWith('breaker: { subjects: 3, reserve: 0 }\n'))
    for (const i of [0, 1, 2])
      await world.ledger.take('open-ingress', { name: `act#00${i}`, subject: 'x', until: world.time.now + HOUR }, 0)
    expect(await world.sweep()).toBe('asked')
    expect(world.headsOf('sg-1')[0]?.left).toBe('ask breaker.open-ingress')
    expect(world.notices).toHaveLength(1)
    await world.sweep(HOUR)
    expect(world.left('sg-1')).toEqual([])
  })

  test('a kill switch that somebody removes has it act where it was disarmed.', async () => {
    const world = open()
    await world.ledger.setDisarmed('open-ingress', { by, at: iso(0), reason: 'a migration' }, by, 'a migration')
    expect(await world.sweep()).toBe('asked')
    world.state.disarmed = null
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
  })
})
