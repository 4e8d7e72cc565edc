import type { ImpairedDefences } from '#shared/finding.ts'
import { digest } from '#shared/kit/canonical.ts'
import type { Call, Step } from '#shared/plan.ts'
import type { Impairment } from './world.ts'

const CURES: Readonly<Record<Impairment['kind'], (name: string) => Call>> = {
  trail: (Name) => ({ call: 'cloudtrail:StartLogging', input: { Name } }),
  recorder: (ConfigurationRecorderName) => ({
    call: 'config:StartConfigurationRecorder',
    input: { ConfigurationRecorderName },
  }),
  rule: (Name) => ({ call: 'events:EnableRule', input: { Name } }),
}

/** Switches on again what was switched off. What was deleted or set up otherwise is for people. There is no undo. */
export function plan(findings: readonly ImpairedDefences[]): readonly Step[] {
  return findings
    .filter(({ impairment }) => impairment.curable)
    .map(({ impairment: { kind, name } }) => {
      const does = CURES[kind](name)
      return {
        id: digest(does).slice(0, 32),
        title: `Switch on ${kind} ${name}`,
        does,
        undo: [],
        tier: 'none' as const,
      }
    })
}
