import type { XmlElement } from '#local/xml.ts'

/** Members that are numbers in a record. Account ids, protocols and tag values look like numbers and are not. */
const NUMBERS = new Set(
  `fromPort toPort minCount maxCount volumeSize size iops throughput deviceIndex networkCardIndex amiLaunchIndex
  httpPutResponseHopLimit coreCount threadsPerCore code maxEntries currentVersion previousVersion version maxResults
  port desiredCapacity minSize maxSize defaultCooldown healthCheckGracePeriod maxSessionDuration progress lockDuration
  coolOffPeriod maxAggregationInterval`
    .split(/\s+/)
    .map((name) => name.toLowerCase()),
)
/** Free text: `true` is a word there. */
const TEXTS = /^(value|key|description|groupName|groupDescription|resourceId)$/i
/** Moments, which EC2's records hold as epoch milliseconds. */
const MOMENTS = /^(launchTime|attachTime|createTime|startTime)$/
/** Elements that are lists though they came empty, and so look like empty text. */
const EMPTY_LISTS = /(Set|Ids|Groups|groups|Ranges|Permissions|Mapping|Mappings)$/

/** A name as most records have it: its first letter small. */
export const smallOf = (name: string): string => name[0]!.toLowerCase() + name.slice(1)

/** A parameter or an element's text as a record holds it. */
export function plainValue(name: string, text: string): unknown {
  if (NUMBERS.has(name.toLowerCase()) && /^-?\d+$/.test(text)) return Number(text)
  if (!TEXTS.test(name) && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** An answer's XML as `responseElements`: `return` is `_return`, and lists are `{items}`. */
export function responseValue(element: XmlElement): unknown {
  if (element.children.length === 0) {
    if (element.text === '' && EMPTY_LISTS.test(element.name)) return {}
    return MOMENTS.test(element.name) ? Date.parse(element.text) : plainValue(element.name, element.text)
  }
  if (element.children.every((child) => child.name === 'item')) {
    return { items: element.children.map(responseValue) }
  }
  const members = element.children
    // A rule without tags comes from AWS without the list, and an interface without a public address without this.
    .filter((child) => !(/^(tagSet|association)$/.test(child.name) && child.children.length === 0))
    .map((child) => [child.name === 'return' ? '_return' : child.name, responseValue(child)])
  return Object.fromEntries(members)
}
