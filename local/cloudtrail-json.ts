import type { TrailMapper } from '#local/cloudtrail.ts'

/** The calls of a service with a JSON protocol as CloudTrail records them: the same members, with small first letters. */
export function jsonMapper(service: string, changes: RegExp): TrailMapper {
  return {
    eventSource: `${service}.amazonaws.com`,
    isMutating: (action) => changes.test(action),
    requestParameters: (call) => small(parsed(call.body)),
    responseElements(_call, answer) {
      const content = parsed(answer.body)
      // A call that gives nothing back has null there.
      return content === null || Object.keys(content).length === 0 ? null : small(content)
    },
    requestId: (answer) => (answer.headers['x-amzn-requestid'] as string | undefined) ?? null,
    errorCode: (code) => code,
  }
}

/** `S3BucketName` becomes `s3BucketName`, `TrailARN` becomes `trailARN`; what is absent is not `null`. */
function small(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(small)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(members.map(([name, member]) => [name[0]!.toLowerCase() + name.slice(1), small(member)]))
}

function parsed(body: Buffer): object | null {
  const text = body.toString('utf8').trim()
  return text.startsWith('{') ? (JSON.parse(text) as object) : null
}
