import { describe, expect, test } from 'vitest'
import { armed } from '#shared/explain.ts'
import { judge } from '#shared/responses/impaired-defences/judge.ts'
import { plan } from '#shared/responses/impaired-defences/plan.ts'
import type { DefenceWorld, Recorder } from '#shared/responses/impaired-defences/world.ts'
import { defences, defended } from '../support/defended.ts'
import { authorized, tick } from '../support/fake-world.ts'
import { policyWith, shipped } from '../support/policies.ts'

/** AWS Config's recorder: switched off, deleted, or made to leave out what we want to hear of. */

const recorder = (name: string, isRecording = true, recordsGroups: boolean | null = true): Recorder => ({
  name,
  isRecording,
  recordsGroups,
})
const world = (all: readonly Recorder[]): DefenceWorld => ({
  subject: 'recorder/default',
  recorder: { name: 'default', all },
})
const named = { configurationRecorderName: 'default' }
const deleted = 'the AWS Config recorder "default" was deleted'

describe('A recorder', () => {
  test.each<[string, Recorder[], string[], string[]]>([
    ['that records', [recorder('default')], [], []],
    ['of which it is not known what it records', [recorder('default', true, null)], [], []],
    [
      'that is switched off',
      [recorder('default', false)],
      ['the AWS Config recorder "default" is switched off'],
      ['config:StartConfigurationRecorder'],
    ],
    [
      'that leaves out security groups',
      [recorder('default', true, false)],
      ['the AWS Config recorder "default" records no AWS::EC2::SecurityGroup'],
      [],
    ],
    ['that is gone', [], [deleted], []],
    ['in whose place another one records', [recorder('main')], [], []],
    ['in whose place another one stands still', [recorder('main', false)], [deleted], []],
    ['in whose place another one records other things', [recorder('main', true, false)], [deleted], []],
  ])('%s: what is said, and planned.', (_, all, says, calls) => {
    const findings = judge(world(all), 'eu-central-1')
    expect(findings.map((one) => one.impairment.says)).toEqual(says)
    expect(plan(findings).map((step) => step.does.call)).toEqual(calls)
  })

  test.each<[string, unknown, string]>([
    ['StopConfigurationRecorder', { configurationRecorderName: 'main' }, 'recorder/main'],
    ['DeleteConfigurationRecorder', { configurationRecorderName: 'main' }, 'recorder/main'],
    ['PutConfigurationRecorder', { configurationRecorder: { name: 'main', recordingGroup: {} } }, 'recorder/main'],
    ['PutConfigurationRecorder', { configurationRecorder: {} }, 'recorder/default'],
  ])('is looked at where the call is %s of %j.', (name, request, subject) => {
    const call = { ...authorized('sg-1', 'sgr-1'), source: 'config.amazonaws.com', name, request }
    expect(defences.subjects(call)).toEqual([subject])
  })
})

describe('People are told', () => {
  test('that a recorder was deleted after it was stopped, as no end of it; and when there is one again.', async () => {
    const world = defended(policyWith('impaired-defences: { mode: ask }\n'))
    world.on.recorder = false
    await world.configCall('StopConfigurationRecorder', named)
    world.config.recorders = []
    await world.configCall('DeleteConfigurationRecorder', named)
    expect(world.texts()).toEqual([
      expect.stringMatching(/^OPEN: the AWS Config recorder "default" is switched off/),
      expect.stringMatching(/^OPEN: [\s\S]*"default" was deleted/),
    ])
    // There is nothing left to approve.
    expect(world.texts()[1]).not.toContain('approve')
    await world.send(tick())
    expect(world.headsOf('recorder/default')).toMatchObject([{ status: 'open' }])
    world.on.recorder = true
    world.config.recorders = ['default']
    await world.send(tick())
    expect(world.headsOf('recorder/default')).toMatchObject([{ status: 'closed' }])
  })

  test('that a recorder was deleted, also where it still shows for a moment.', async () => {
    const world = defended(armed(shipped))
    const { sleep } = world.ports.clock
    const clock = {
      ...world.ports.clock,
      sleep: async (milliseconds: number) => {
        world.config.recorders = []
        await sleep(milliseconds)
      },
    }
    Object.assign(world.ports, { clock })
    await world.configCall('DeleteConfigurationRecorder', named)
    expect(world.texts()).toEqual([expect.stringContaining(deleted)])
    await world.send(tick())
    expect(world.headsOf('recorder/default')).toMatchObject([{ status: 'open' }])
  })

  test('that a recorder leaves out security groups now.', async () => {
    const world = defended(armed(shipped))
    world.config.excludes = ['AWS::EC2::SecurityGroup']
    await world.configCall('PutConfigurationRecorder', { configurationRecorder: { name: 'default' } })
    expect(world.texts()).toEqual([expect.stringContaining('"default" records no AWS::EC2::SecurityGroup')])
  })

  test('nothing where there never was a recorder: that is a choice.', async () => {
    const world = defended(armed(shipped))
    world.on.trail = true
    world.config.recorders = []
    await world.send(tick())
    expect(world.texts()).toEqual([])
  })
})
