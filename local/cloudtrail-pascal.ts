import { plainValue, responseValue } from '#local/cloudtrail-values.ts'
import type { QueryTree } from '#local/query-tree.ts'
import type { XmlElement } from '#local/xml.ts'

type Fields = Readonly<Record<string, QueryTree>>

/** EC2 calls that CloudTrail writes in PascalCase below `<Action>Request`, with `tag` as the place in the list. */
export const PASCAL = new Set([
  'ModifySecurityGroupRules',
  'CreateManagedPrefixList',
  'ModifyManagedPrefixList',
  'RestoreManagedPrefixListVersion',
  'DeleteManagedPrefixList',
  'AssociateSecurityGroupVpc',
  'DisassociateSecurityGroupVpc',
  'AssociateIamInstanceProfile',
  'DisassociateIamInstanceProfile',
  'ReplaceIamInstanceProfileAssociation',
  'CreateSnapshots',
  'LockSnapshot',
  'UnlockSnapshot',
  'CreateFlowLogs',
  'DeleteFlowLogs',
  'CreateLaunchTemplate',
  'CreateLaunchTemplateVersion',
  'ModifyInstanceMetadataOptions',
])

/** The newer form of a request: names as on the wire, one object for a list of one, an array for more. */
export function pascalRequest(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'string') return [name, plainValue(name, value)]
      if (!Array.isArray(value)) return [name, pascalRequest(value as Fields)]
      const items = value.map((item, at) =>
        typeof item === 'string' ? { content: item, tag: at + 1 } : { ...pascalRequest(item as Fields), tag: at + 1 },
      )
      return [name, items.length === 1 ? items[0] : items]
    }),
  )
}

/** The newer form of an answer: its XML as it stands. A list is an `item` or several, and an empty one is empty text. */
export function pascalResponse(root: XmlElement): Record<string, unknown> {
  return { xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/', ...(asItStands(root) as object) }
}

function asItStands(element: XmlElement): unknown {
  const { children, text } = element
  if (children.length === 0) return text === '' ? '' : responseValue(element)
  if (children.every((child) => child.name === 'item')) {
    const items = children.map(asItStands)
    return { item: items.length === 1 ? items[0] : items }
  }
  // What has no tags comes from AWS without the list.
  const shown = children.filter((child) => child.name !== 'tagSet' || child.children.length > 0)
  return Object.fromEntries(shown.map((child) => [child.name, asItStands(child)]))
}
