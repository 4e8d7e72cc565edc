import type { ImpairedDefences } from '#shared/finding.ts'
import { field, text } from '#shared/kit/loose.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { Outside, Response } from '#shared/response.ts'
import type { ApiCall } from '#shared/signal.ts'
import { judge } from './judge.ts'
import { observe } from './observe.ts'
import { plan } from './plan.ts'
import type { DefenceWorld } from './world.ts'

const SOURCES: Readonly<Record<string, 'trail' | 'recorder' | 'rule'>> = {
  'cloudtrail.amazonaws.com': 'trail',
  'config.amazonaws.com': 'recorder',
  'events.amazonaws.com': 'rule',
}

const powers = (policy: Policy) =>
  policy['impaired-defences'].mode === 'ask'
    ? (['cloudtrail:StartLogging', 'config:StartConfigurationRecorder', 'events:EnableRule'] as const)
    : []

/** What we see by is switched off: trails, AWS Config's recorder, the rules of this stack. People are told, or asked. */
export function impairedDefences(stage: string, region: string): Response<string, DefenceWorld, ImpairedDefences> {
  const ours = `portcullis-${stage}-`
  const ruleIn = ({ request }: ApiCall): string[] => {
    const name = text(field(request, 'name', 'rule'))
    return name?.startsWith(ours) ? [`rule/${name}`] : []
  }
  return {
    name: 'impaired-defences',
    swept: 'DefenceSweepsCompleted',
    reads: [
      'cloudtrail:DescribeTrails',
      'cloudtrail:GetTrailStatus',
      'cloudtrail:GetEventSelectors',
      'config:DescribeConfigurationRecorderStatus',
      'events:DescribeRule',
      'events:ListRules',
    ],
    powers,
    undoes: () => [],
    subjects(signal) {
      if (signal.kind === 'tick') return 'all'
      if (signal.kind !== 'api-call') return []
      const kind = SOURCES[signal.source]
      if (kind === undefined) return []
      return kind === 'rule' ? ruleIn(signal) : [kind]
    },
    locate: async (subject) => [subject],
    observe,
    async *scan(outside, worth) {
      const subjects = ['trail', 'recorder', ...(await rules(ours, outside))]
      const worlds = await Promise.all(subjects.map((subject) => observe(subject, outside)))
      yield { worlds: worlds.filter(worth), seen: worlds.length, cursor: undefined }
    },
    judge: (world) => judge(world, region),
    plan,
    origins: () => [],
    unseen: () => false,
    isDone: ({ does }, world) =>
      judge(world, region).every(({ impairment }) => !Object.values(does.input).includes(impairment.name)),
  }
}

/** The rules of this stack. One that was deleted is not among them: its deletion is an event, and the doctor counts. */
async function rules(prefix: string, { reads }: Outside): Promise<string[]> {
  const names: string[] = []
  let cursor: string | undefined
  do {
    const page = await reads['events:ListRules']({ NamePrefix: prefix, ...(cursor ? { NextToken: cursor } : {}) })
    names.push(...(page.Rules ?? []).map(({ Name = '' }) => `rule/${Name}`))
    cursor = page.NextToken || undefined
  } while (cursor)
  return names
}
