import type { Answer } from '#local/answer.ts'
import type { TrailMapper } from '#local/cloudtrail.ts'
import { plainValue, smallOf } from '#local/cloudtrail-values.ts'
import { type QueryTree, queryTree } from '#local/query-tree.ts'
import { findXml, parseXml, type XmlElement } from '#local/xml.ts'

export interface QueryMapperOptions {
  readonly service: string
  /** What only reads, and so is not recorded. */
  readonly reads: RegExp
  /** IAM is one for all regions, and records in this one. */
  readonly region?: string
  readonly apiVersion?: string
  /** Records name exceptions by their classes: `NoSuchEntity` on the wire is `NoSuchEntityException` there. */
  readonly exceptions?: boolean
}

/** What no class of the service's own stands behind. */
const COMMON = /^(AccessDenied|Throttling|InternalFailure|ServiceFailure|ValidationError|InvalidClientTokenId)/

/** The calls of a service with AWS's query protocol as CloudTrail records them: names begin small, lists are arrays. */
export function queryMapper({ service, reads, exceptions = false, ...more }: QueryMapperOptions): TrailMapper {
  return {
    ...more,
    eventSource: `${service}.amazonaws.com`,
    isMutating: (action) => !reads.test(action),
    requestParameters(call) {
      const fields = Object.entries(queryTree(call.params)).map(([name, value]) => member(name, value))
      return fields.length === 0 ? null : Object.fromEntries(fields)
    },
    responseElements(_call, answer) {
      const root = parseXml(answer.body.toString('utf8'))
      const result = root.children.find((child) => child.name.endsWith('Result'))
      // A call that gives nothing back has null there.
      return result && result.children.length > 0 ? fieldsOf(result) : null
    },
    requestId: requestIdOf,
    errorCode: (code) => (exceptions && !COMMON.test(code) && !code.endsWith('Exception') ? `${code}Exception` : code),
  }
}

function requestIdOf(answer: Answer): string | null {
  const body = answer.body.toString('utf8')
  const named = answer.headers['x-amzn-requestid'] as string | undefined
  return (body.trimStart().startsWith('<') ? findXml(parseXml(body), 'RequestId')?.text : undefined) ?? named ?? null
}

function member(name: string, value: QueryTree): [string, unknown] {
  const small = smallOf(name)
  return [small, plain(small, value)]
}

function plain(name: string, value: QueryTree): unknown {
  if (typeof value === 'string') return plainValue(name, value)
  if (Array.isArray(value)) return value.map((item: QueryTree) => plain(name, item))
  const fields = value as Readonly<Record<string, QueryTree>>
  // `InstanceIds.member.1`: a list, whatever the name of its members.
  const [only, ...others] = Object.entries(fields)
  if (only?.[0] === 'member' && others.length === 0) return plain(name, only[1])
  return Object.fromEntries(Object.entries(fields).map(([key, item]) => member(key, item)))
}

function fieldsOf(element: XmlElement): Record<string, unknown> {
  return Object.fromEntries(element.children.map((child) => [smallOf(child.name), elementOf(child)]))
}

function elementOf(element: XmlElement): unknown {
  const { children, text } = element
  const name = smallOf(element.name)
  if (children.length === 0) return /(Date|Time)$/.test(name) ? momentOf(text) : plainValue(name, text)
  if (children.every((child) => child.name === 'member')) {
    return children.map((child) => (child.children.length > 0 ? fieldsOf(child) : plainValue(name, child.text)))
  }
  return fieldsOf(element)
}

/** These services' records have moments in words: `Mar 24, 2014 9:11:59 PM`. */
function momentOf(text: string): string {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) return text
  const form = { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat('en-US', form)
    .format(at)
    .replace(/, (\d+:)/, ' $1')
    .replace(/\u202f/g, ' ')
}
