import { describe, expect, test } from 'vitest'
import { door } from '../support/fake-world.ts'
import { policyWith } from '../support/policies.ts'
import { stage } from '../support/stage.ts'

/** A flood of lesser findings does not hide the worst one: some notice names it in its text, for people to read. */

const DECOYS = 120
const decoys = Object.fromEntries(Array.from({ length: DECOYS }, (_, i) => [`sg-${i}`, [door(`sgr-${i}`, 8080)]]))
const policies = {
  asked: policyWith('    - { name: rest, mode: ask, allow: [tcp/443] }\n', 'only: [tcp/1]'),
  watched: policyWith('    - { name: rest, mode: watch, allow: [tcp/443] }\n', 'only: [tcp/1]'),
  'left by the breaker': policyWith('breaker: { subjects: 1, reserve: 0 }\n'),
}

describe.each(Object.entries(policies))(
  'Of more than a hundred doors that are %s, the worst is told by name',
  (_, policy) => {
    test('where each came with its event, the worst last.', async () => {
      const world = stage(policy, { ...decoys, 'sg-ssh': [] })
      for (let i = 0; i < DECOYS; i++) await world.send(world.opening(`sg-${i}`, door(`sgr-${i}`, 8080)))
      await world.open('sg-ssh', door('sgr-ssh'))
      await world.sweep()
      expect(world.texts().join('\n')).toContain('tcp/22 of sg-ssh open to the world')
    })

    test('where a sweep finds them all at once.', async () => {
      const world = stage(policy, { ...decoys, 'sg-ssh': [door('sgr-ssh')] })
      await world.sweep()
      expect(world.texts().join('\n')).toContain('tcp/22 of sg-ssh open to the world')
    })
  },
)
