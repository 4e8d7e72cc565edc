/** The parameters of EC2's query protocol as the nested value that their dotted names describe. */
export type QueryTree = string | readonly QueryTree[] | { readonly [name: string]: QueryTree }

interface Branch {
  value?: string
  readonly members: Map<string, Branch>
}

/** `IpRanges.1.CidrIp=…` becomes `{ IpRanges: [{ CidrIp: … }] }`; `Action` and `Version` are no parameters. */
export function queryTree(params: URLSearchParams): Readonly<Record<string, QueryTree>> {
  const root: Branch = { members: new Map() }
  for (const [name, value] of params) {
    if (name === 'Action' || name === 'Version') continue
    let branch = root
    for (const step of name.split('.')) {
      const next = branch.members.get(step) ?? { members: new Map() }
      branch.members.set(step, next)
      branch = next
    }
    branch.value = value
  }
  return Object.fromEntries([...root.members].map(([name, branch]) => [name, grown(branch)]))
}

function grown(branch: Branch): QueryTree {
  if (branch.members.size === 0) return branch.value ?? ''
  const entries = [...branch.members]
  if (!entries.every(([name]) => /^\d+$/.test(name))) {
    return Object.fromEntries(entries.map(([name, member]) => [name, grown(member)]))
  }
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, member]) => grown(member))
}
