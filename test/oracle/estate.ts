import type { IpPermission, NetworkAclEntry, NetworkInterface, Route } from '@aws-sdk/client-ec2'
import { group, instance, network, nic, together } from './build.ts'
import { prefixLists } from './generate-rules.ts'
import { type Path, reach } from './reach.ts'
import { id, type World } from './world.ts'

export const ME = id('i', 1)

export interface Estate {
  readonly ingress?: readonly IpPermission[]
  readonly egress?: readonly IpPermission[]
  readonly v6?: boolean
  /** A neighbour in the same subnet carries group 2, one in the other carries 3. */
  readonly two?: readonly [ingress: readonly IpPermission[], egress: readonly IpPermission[]]
  readonly three?: readonly [ingress: readonly IpPermission[], egress: readonly IpPermission[]]
  readonly routes?: readonly Route[]
  readonly acl?: readonly NetworkAclEntry[]
  readonly public?: boolean
  readonly more?: Partial<World>
  readonly my?: Partial<NetworkInterface>
}

export function estate({
  ingress,
  egress,
  v6 = false,
  two,
  three,
  routes,
  acl,
  public: pub = true,
  more,
  my,
}: Estate): World {
  const groups = [group(1, 1, ingress, egress), group(2, 1, ...(two ?? [])), group(3, 1, ...(three ?? []))] as const
  const net = network(1, { v6, ...(routes ? { routes } : {}) })
  const mine = {
    NetworkAclId: id('acl', 257),
    VpcId: id('vpc', 1),
    Associations: [{ SubnetId: id('subnet', 257) }],
    Entries: [...(acl ?? [])],
  }
  return together(
    net,
    { NetworkAcls: acl ? [mine] : [], PrefixLists: prefixLists },
    {
      SecurityGroups: groups,
      Instances: [instance(1), instance(2), instance(3)],
      NetworkInterfaces: [
        nic(10, [1, 1], [groups[0]], {
          instance: ME,
          v6: v6 ? 1 : 0,
          ...(pub ? { public: 1 } : {}),
          ...(my ? { more: my } : {}),
        }),
        nic(20, [1, 1], [groups[1]], { instance: id('i', 2), v6: v6 ? 1 : 0 }),
        nic(30, [1, 2], [groups[2]], { instance: id('i', 3), v6: v6 ? 1 : 0 }),
      ],
    },
    more ?? {},
  )
}

const short = (path: Path): string =>
  `${path.direction} ${path.peer ? `${path.kind} ${Number.parseInt(path.peer.slice(4), 16)}` : path.kind} ${path.protocol} ${path.from}-${path.to}${path.answered ? '' : ' unanswered'}`
/** `in internet4 tcp 22-22`: the instance's paths in few words, each once. */
export const paths = (world: World): readonly string[] => [...new Set(reach(world, ME).paths.map(short))].sort()
