import type { ImpairedDefences } from '#shared/finding.ts'
import { field, text } from '#shared/kit/loose.ts'
import type { Policy } from '#shared/policy/schema.ts'
import type { Outside, Response } from '#shared/response.ts'
import type { ApiCall } from '#shared/signal.ts'
import { judge } from './judge.ts'
import { observe, recorders } from './observe.ts'
import { plan } from './plan.ts'
import type { DefenceWorld } from './world.ts'

/** The recorder that a call is about. One that is put without a name is called so. */
const recorderIn = ({ request }: ApiCall): string =>
  `recorder/${text(field(request, 'configurationRecorderName')) ?? text(field(field(request, 'configurationRecorder'), 'name')) ?? 'default'}`

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
      'config:DescribeConfigurationRecorders',
      'config:DescribeConfigurationRecorderStatus',
      'events:DescribeRule',
      'events:ListRules',
    ],
    powers,
    undoes: () => [],
    subjects(signal) {
      if (signal.kind === 'tick') return 'all'
      if (signal.kind !== 'api-call') return []
      if (signal.source === 'cloudtrail.amazonaws.com') return ['trail']
      if (signal.source === 'config.amazonaws.com') return [recorderIn(signal)]
      return signal.source === 'events.amazonaws.com' ? ruleIn(signal) : []
    },
    locate: async (subject) => [subject],
    observe,
    async *scan(outside, worth) {
      const [there, rulesThere] = await Promise.all([recorders(outside.reads), rules(ours, outside)])
      const subjects = ['trail', ...there.map(({ name }) => `recorder/${name}`), ...rulesThere]
      const worlds = await Promise.all(subjects.map((subject) => observe(subject, outside)))
      yield { worlds: worlds.filter(worth), seen: worlds.length, cursor: undefined }
    },
    judge: (world) => judge(world, region),
    plan,
    origins: () => [],
    // What was deleted may still show for a moment, and no sweep would look for it again.
    unseen: (signal, { recorder }) =>
      signal.kind === 'api-call' &&
      signal.name === 'DeleteConfigurationRecorder' &&
      recorder?.all.some(({ name }) => name === recorder.name) === true,
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
