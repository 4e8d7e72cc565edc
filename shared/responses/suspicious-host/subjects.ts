import { field, list, text } from '#shared/kit/loose.ts'
import { quote } from '#shared/kit/quote.ts'
import type { ApiCall, Signal } from '#shared/signal.ts'

/** Where to look for hosts: by their own id, or by what is theirs. */
export type HostSubject =
  | { readonly host: string }
  | { readonly interface: string }
  | { readonly group: string }
  | { readonly snapshot: string }

/** Calls by which a host starts, or by which somebody touches it: what they touched is looked at, whatever they say. */
const CALLS: Readonly<Record<string, string>> = {
  RunInstances: '',
  StartInstances: '',
  StopInstances: 'stopped it',
  TerminateInstances: 'terminated it',
  RebootInstances: 'restarted it',
  ModifyInstanceAttribute: '',
  ModifyNetworkInterfaceAttribute: '',
  AttachNetworkInterface: 'attached an interface to it',
  AssociateAddress: 'gave it an address',
  AssociateIamInstanceProfile: 'gave it an instance profile',
  ReplaceIamInstanceProfileAssociation: 'gave it another instance profile',
  CreateTags: '',
  DeleteTags: 'took tags off it',
  AuthorizeSecurityGroupIngress: 'opened its quarantine group',
  AuthorizeSecurityGroupEgress: 'opened its quarantine group',
  ModifySecurityGroupRules: 'changed the rules of its quarantine group',
  ExitStandby: 'took it out of standby',
  AttachInstances: 'attached it to an Auto Scaling group',
  RegisterTargets: 'registered it with a target group',
}

const SOURCES = new Set(['ec2.amazonaws.com', 'autoscaling.amazonaws.com', 'elasticloadbalancing.amazonaws.com'])

/** The names of the calls: the function's event pattern is made of these. */
export const HOST_CALLS: readonly string[] = Object.keys(CALLS)

/**
 * What somebody did to a host in our hold; null for calls that this tool makes too: what they change shows when it is
 * looked at, and our own records come back as events.
 */
export const disturbance = ({ name, actor }: ApiCall): string | null => {
  const what = CALLS[name]
  return what ? `${quote(actor.name, 200)} ${what} (${name})` : null
}

export function subjects(signal: Signal): readonly HostSubject[] | 'all' {
  if (signal.kind === 'tick') return 'all'
  if (signal.kind === 'host-alert') return signal.hosts.map((host) => ({ host }))
  if (signal.kind === 'snapshots-done') return signal.snapshots.map((snapshot) => ({ snapshot }))
  if (signal.kind !== 'api-call' || !SOURCES.has(signal.source) || !(signal.name in CALLS)) return []
  const { request, response } = signal
  // These tell the ids in their answer alone. A request that was left out of its record is found by the sweep.
  const told = ANSWERS.has(signal.name) ? idsIn(answerOf(response, signal.name), signal.name) : []
  return unique([...idsIn(request, signal.name), ...told])
}

/** A launch makes its ids, and a profile is replaced by the id of its association. */
const ANSWERS = new Set(['RunInstances', 'ReplaceIamInstanceProfileAssociation'])

/** `responseElements`, without the wrapping that newer calls of EC2 have. */
function answerOf(response: unknown, name: string): unknown {
  const inner = field(response, `${name}Response`) ?? response
  return field(inner, 'iamInstanceProfileAssociation') ?? inner
}

const KINDS: readonly [RegExp, (id: string) => HostSubject][] = [
  [/^i-[0-9a-f]+$/i, (host) => ({ host: host.toLowerCase() })],
  [/^eni-[0-9a-f]+$/i, (id) => ({ interface: id })],
  [/^sg-[0-9a-f]+$/i, (group) => ({ group })],
]

/** The ids of hosts, interfaces and groups at the places where these calls have them. */
function idsIn(values: unknown, name: string): readonly HostSubject[] {
  const inner = field(values, `${name}Request`) ?? values
  const flat = ['instanceId', 'InstanceId', 'networkInterfaceId', 'NetworkInterfaceId', 'groupId', 'GroupId']
  const lists: readonly [string, readonly string[]][] = [
    ['instancesSet', ['instanceId']],
    ['resourcesSet', ['resourceId']],
    ['instanceIds', []],
    ['targets', ['id']],
  ]
  const ids = [
    ...flat.map((key) => text(field(inner, key))),
    ...lists.flatMap(([key, names]) =>
      list(field(inner, key)).map(
        (one) => text(names.length > 0 ? field(one, ...names) : one) ?? text(field(one, 'member')),
      ),
    ),
  ]
  // The groups of a launch or of an interface are no quarantine group that somebody changed.
  const rules = /SecurityGroup/.test(name)
  return ids.flatMap((id) => {
    const kind = id === undefined ? undefined : KINDS.find(([form]) => form.test(id))
    const one = kind?.[1](id!)
    return one && (rules || !('group' in one)) ? [one] : []
  })
}

const unique = (all: readonly HostSubject[]): readonly HostSubject[] => [
  ...new Map(all.map((one) => [Object.values(one).join(), one])).values(),
]
