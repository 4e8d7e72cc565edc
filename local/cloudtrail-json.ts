import type { Call } from '#local/call.ts'
import type { TrailMapper } from '#local/cloudtrail.ts'
import { smallOf } from '#local/cloudtrail-values.ts'
import { pathOf } from '#local/rest-actions.ts'

/** What some services keep out of their records. */
const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS'

export interface JsonMapperOptions {
  /** Members, as records spell them, whose content is kept out wherever they stand. */
  readonly hidden?: readonly string[]
  /** What a REST service names in its path, and not in its body. */
  readonly inPath?: (call: Call) => Readonly<Record<string, string>>
}

/** The calls of a service with a JSON protocol as CloudTrail records them: the same members, in small first letters. */
export function jsonMapper(service: string, changes: RegExp, options: JsonMapperOptions = {}): TrailMapper {
  const { hidden = [], inPath } = options
  return {
    eventSource: `${service}.amazonaws.com`,
    isMutating: (action) => changes.test(action),
    requestParameters(call) {
      const fields = small(parsed(call.body), hidden)
      return inPath ? { ...inPath(call), ...(fields as object | null) } : fields
    },
    responseElements(_call, answer) {
      const content = parsed(answer.body)
      // A call that gives nothing back has null there.
      return content === null || Object.keys(content).length === 0 ? null : small(content, hidden)
    },
    requestId: (answer) => (answer.headers['x-amzn-requestid'] as string | undefined) ?? null,
    errorCode: (code) => code,
  }
}

/** GuardDuty names the detector in the path: `/detector/{id}/findings/archive`. */
export function detectorInPath(call: Call): Readonly<Record<string, string>> {
  const detectorId = pathOf(call).split('/')[2]
  return detectorId ? { detectorId: decodeURIComponent(detectorId) } : {}
}

/** `S3BucketName` becomes `s3BucketName`, `TrailARN` becomes `trailARN`; what is absent is not `null`. */
function small(value: unknown, hidden: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => small(item, hidden))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(
    members.map(([name, member]) => {
      const named = smallOf(name)
      return [named, hidden.includes(named) ? HIDDEN : small(member, hidden)]
    }),
  )
}

function parsed(body: Buffer): object | null {
  const text = body.toString('utf8').trim()
  return text.startsWith('{') ? (JSON.parse(text) as object) : null
}
