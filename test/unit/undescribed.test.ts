import { describe, expect, test } from 'vitest'
import { iso } from '#shared/kit/iso.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { isDescribed, undescribed } from '#shared/responses/open-ingress/undescribed.ts'
import type { IngressRule } from '#shared/responses/open-ingress/world.ts'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { mallory, pipeline, stage } from '../support/stage.ts'
import { circumstances, rule, world } from '../support/worlds.ts'

/** Every new inbound rule says why it exists. */

const wanting = (mode: 'watch' | 'ask') => policyWith(`  describe: { mode: ${mode}, pattern: "[A-Z]+-[0-9]+" }\n`)
const [watching, asking] = [wanting('watch'), wanting('ask')]
const office = (id: string, description?: string, port = 22): IngressRule => ({
  ...door(id, port),
  cidr: '198.51.100.0/24',
  ...(description === undefined ? {} : { description }),
})

describe('A rule says why', () => {
  test.each([
    ['its ticket', 'OPS-7 bastion', true],
    ['a ticket anywhere in it', 'bastion, see OPS-7', true],
    ['something else', 'bastion', false],
    ['nothing', '', false],
    ['nothing at all', undefined, false],
    ['that we made it', 'narrowed by portcullis: no-world-ingress', true],
    ['in its middle that we made it', 'not narrowed by portcullis', false],
  ])('where its description holds %s.', (_, description, so) => {
    expect(isDescribed(office('sgr-1', description), '[A-Z]+-[0-9]+')).toBe(so)
  })

  test.each([
    ['', false],
    ['   ', false],
    ['x', true],
  ])('without a pattern of one’s own, where it is not blank: %j.', (description, so) => {
    const { pattern } = policyWith('  describe: { mode: watch }\n')['open-ingress'].describe!
    expect(isDescribed(office('sgr-1', description), pattern)).toBe(so)
  })

  test('or is nobody’s business, where the policy does not ask for it.', () => {
    const there = world([rule('tcp', 22, '198.51.100.0/24', { id: 'sgr-1' })])
    expect(undescribed(there, policyWith(), circumstances())).toEqual([])
  })
})

describe('A new rule that does not say why', () => {
  const made = async (policy: Policy, one = office('sgr-1')) => {
    const there = stage(policy, { 'sg-1': [office('sgr-old', undefined, 5432)] })
    const outcome = await there.open('sg-1', one)
    return { ...there, outcome }
  }

  test('is told to its author, who is asked to say it, and stays as it is.', async () => {
    const there = await made(watching)
    expect(there.outcome).toBe('watched')
    expect(there.left('sg-1')).toEqual(['sgr-old', 'sgr-1'])
    expect(there.headsOf('sg-1')).toMatchObject([
      { verdict: 'open', summary: '1 new inbound rule(s) of sg-1 without a reason' },
    ])
    expect(there.texts()).toEqual([
      expect.stringMatching(
        /By open-ingress\.describe, each new inbound rule says why it exists \(its description matches \[A-Z\]\+-\[0-9\]\+\):\n {2}sgr-1: tcp\/22 from 198\.51\.100\.0\/24\nMade by "mallory": please give them a description, or remove them\./,
      ),
    ])
    expect(there.notices[0]!.message).toMatchObject({
      left: [{ finding: 'undescribed-ingress', by: ['"mallory"'], rules: [{ id: 'sgr-1', from: 22 }] }],
    })
  })

  test('is over when somebody gives it a description, and when somebody takes it away.', async () => {
    for (const now of [[office('sgr-1', 'OPS-7')], []]) {
      const there = await made(watching)
      there.change('sg-1', { rules: now })
      await there.sweep()
      expect(there.headsOf('sg-1')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
      expect(there.left('sg-1')).toHaveLength(now.length)
    }
  })

  test('is still known as new at the sweep, which sees no caller; told once; old ones are not touched.', async () => {
    const there = await made(watching)
    expect(await there.sweep()).toBe('watched')
    expect(there.notices).toHaveLength(1)
    expect(there.texts().join()).not.toContain('sgr-old')
  })

  test('is not looked for where it does say why, or where no event told who made it.', async () => {
    expect((await made(watching, office('sgr-1', 'OPS-7'))).outcome).toBe('settled')
    const unheard = stage(watching, { 'sg-1': [office('sgr-1')] })
    expect(await unheard.sweep()).toBe('ignored')
    expect(unheard.notices).toEqual([])
  })

  test('is named with everybody who made one, in one finding of the group.', async () => {
    const there = await made(watching)
    await there.open('sg-1', office('sgr-2', 'soon', 23), pipeline)
    expect(there.headsOf('sg-1')).toHaveLength(1)
    expect(there.texts().at(-1)).toContain(`Made by "${pipeline.name}", "mallory"`)
    expect(there.texts().at(-1)).toContain('sgr-2: tcp/23 from 198.51.100.0/24 "soon"')
  })

  test('that opens the world is closed for that, and nothing is left to describe.', async () => {
    const there = await made(asking, door('sgr-1'))
    expect(there.left('sg-1')).toEqual(['sgr-old'])
    expect(there.headsOf('sg-1')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
    expect(there.asks.size).toBe(0)
  })

  test('beside a door that is only watched is told with it, under the name of the door.', async () => {
    const both = policyWith(
      '    - { name: watched, mode: watch, only: [tcp/9001] }\n  describe: { mode: watch, pattern: "[A-Z]+-[0-9]+" }\n',
      'allow: [tcp/9001]',
    )
    const there = await made(both, door('sgr-1', 9001))
    expect(there.headsOf('sg-1')).toMatchObject([{ verdict: 'open', summary: 'tcp/9001 of sg-1 open to the world' }])
    expect(there.texts()).toEqual([expect.stringMatching(/Still open, by [\s\S]*please give them a description/)])
  })
})

describe('Where the policy asks', () => {
  const asked = async () => {
    const there = stage(asking, { 'sg-1': [office('sgr-old', undefined, 5432)] })
    expect(await there.open('sg-1', office('sgr-1'), mallory)).toBe('asked')
    const { hash, incident } = there.asks.get('sg-1')!
    const answer = (state: 'approved' | 'declined') => {
      const entry = { what: state, at: iso(there.time.now), by: { name: 'lena' }, hash, reason: 'seen' } as const
      const page = { response: 'open-ingress', subject: 'sg-1' }
      return there.ledger.answer(page, { incident, hash, state, now: there.time.now }, entry)
    }
    return { ...there, answer }
  }

  test('the rule stays until a person approves; then it alone is revoked, and that is proven.', async () => {
    const there = await asked()
    expect(there.left('sg-1')).toEqual(['sgr-old', 'sgr-1'])
    expect(there.texts()[0]).toContain('would be done: Revoke 1 inbound rule of sg-1')
    await there.answer('approved')
    await there.send(there.approval('sg-1'))
    expect(there.left('sg-1')).toEqual(['sgr-old'])
    expect(there.headsOf('sg-1')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
    expect(there.texts().at(-1)).toMatch(/Revoked, by approval of INCIDENT1:\n {2}sgr-1: tcp\/22/)
  })

  test('a person who declines has it left.', async () => {
    const there = await asked()
    await there.answer('declined')
    await there.sweep()
    expect(there.left('sg-1')).toEqual(['sgr-old', 'sgr-1'])
  })

  test('an approval does nothing where it has got its description meanwhile.', async () => {
    const there = await asked()
    await there.answer('approved')
    there.change('sg-1', { rules: [office('sgr-old', undefined, 5432), office('sgr-1', 'OPS-7')] })
    await there.send(there.approval('sg-1'))
    expect(there.left('sg-1')).toEqual(['sgr-old', 'sgr-1'])
    expect(there.headsOf('sg-1')).toMatchObject([{ status: 'closed', verdict: 'contained' }])
  })
})
