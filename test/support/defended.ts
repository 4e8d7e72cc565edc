import type { Reads } from '#shared/aws/reads.ts'
import type { Policy } from '#shared/policy/schema.ts'
import { respond } from '#shared/respond.ts'
import { impairedDefences } from '#shared/responses/impaired-defences/response.ts'
import type { Signal } from '#shared/signal.ts'
import { authorized, fakeWorld } from './fake-world.ts'

const $metadata = {}
export const TRAIL = 'arn:aws:cloudtrail:eu-central-1:123456789012:trail/main'
export const defences = impairedDefences('prod', 'eu-central-1')

/** What Portcullis sees by, in memory: a trail that is off, a recorder and a rule that are on; switch them as you like. */
export function defended(policy: Policy) {
  const world = fakeWorld(policy, {})
  const on = { trail: false, recorder: true, rule: true }
  const config: { recorders: string[]; excludes: string[] } = { recorders: ['default'], excludes: [] }
  const reads = {
    'cloudtrail:DescribeTrails': async () => ({ trailList: [{ TrailARN: TRAIL }], $metadata }),
    'cloudtrail:GetTrailStatus': async () => ({ IsLogging: on.trail, $metadata }),
    'cloudtrail:GetEventSelectors': async () => ({ EventSelectors: [{ ReadWriteType: 'All' }], $metadata }),
    'config:DescribeConfigurationRecorderStatus': async () => ({
      ConfigurationRecordersStatus: config.recorders.map((name) => ({ name, recording: on.recorder })),
      $metadata,
    }),
    'config:DescribeConfigurationRecorders': async () => ({
      ConfigurationRecorders: config.recorders.map((name) => ({
        name,
        recordingGroup: {
          recordingStrategy: { useOnly: 'EXCLUSION_BY_RESOURCE_TYPES' },
          exclusionByResourceTypes: { resourceTypes: config.excludes },
        },
      })),
      $metadata,
    }),
    'events:DescribeRule': async () => ({ State: on.rule ? 'ENABLED' : 'DISABLED', $metadata }),
    'events:ListRules': async () => ({ Rules: [{ Name: 'portcullis-prod-close' }], $metadata }),
  } as unknown as Reads
  const mutations = {
    ...world.ports.mutations,
    'cloudtrail:StartLogging': {
      alreadySo: [],
      send: async () => {
        on.trail = true
        return { $metadata }
      },
    },
  }
  Object.assign(world.ports, { reads, mutations })
  world.sweeps.set('impaired-defences', { startedAt: 1, completedAt: 1 })
  const send = (signal: Signal) =>
    respond(defences, signal, world.ports, { id: `${world.time.now++}`, startedAt: world.time.now })
  return {
    ...world,
    on,
    config,
    send,
    /** A call to Config's API, as CloudTrail tells it. */
    configCall: (name: string, request: object) =>
      send({
        ...authorized('sg-1', 'sgr-1', `event-${world.time.now}`),
        source: 'config.amazonaws.com',
        name,
        request,
      }),
    texts: () => world.notices.map((one) => String(one.message.text)),
    headsOf: (subject: string) => [...world.heads.values()].filter((head) => head.subject === subject),
  }
}
