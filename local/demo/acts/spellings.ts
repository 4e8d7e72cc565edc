import { AuthorizeSecurityGroupIngressCommand, type IpPermission } from '@aws-sdk/client-ec2'
import type { Cast } from '#local/demo/cast.ts'
import { checkClosed, noteDoor, throughDoor } from '#local/demo/door.ts'
import { showBriefly, stagesOf } from '#local/demo/timeline.ts'
import { KEYS } from '#local/principals.ts'

interface Spelling {
  readonly name: string
  readonly title: string
  /** What is in the group already, and must stay. */
  readonly neighbour?: IpPermission
  readonly permission: IpPermission
  readonly opens: readonly string[]
}

const port = (from: number, to = from) => ({ IpProtocol: 'tcp', FromPort: from, ToPort: to })

const SPELLINGS: readonly Spelling[] = [
  {
    name: 'halves',
    title: 'tcp/3389 from 0.0.0.0/1 + 128.0.0.0/1: never "0.0.0.0/0", yet all of it',
    permission: { ...port(3389), IpRanges: [{ CidrIp: '0.0.0.0/1' }, { CidrIp: '128.0.0.0/1' }] },
    opens: ['tcp/3389 from 0.0.0.0/1', 'tcp/3389 from 128.0.0.0/1'],
  },
  {
    name: 'ipv6',
    title: 'tcp/22 from ::/0: the other internet',
    permission: { ...port(22), Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
    opens: ['tcp/22 from ::/0'],
  },
  {
    name: 'all-protocols',
    title: 'protocol -1 from 0.0.0.0/0: no port is named',
    permission: { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    opens: ['all traffic from 0.0.0.0/0'],
  },
  {
    name: 'range',
    title: 'tcp/0-65535 from 0.0.0.0/0, beside an innocent tcp/22 from 10.0.0.0/8',
    neighbour: { ...port(22), IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'office' }] },
    permission: { ...port(0, 65_535), IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    opens: ['tcp/0-65535 from 0.0.0.0/0'],
  },
]

/** The same door in an attacker's spellings: exposure is computed, not matched as text. */
export async function spellings(cast: Cast): Promise<void> {
  for (const { name, title, neighbour, permission, opens } of SPELLINGS) {
    const group = await cast.newGroup(name)
    const authorize = (key: string, one: IpPermission) =>
      cast.ec2(key).send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [one] }))
    if (neighbour) await authorize(KEYS.alice, neighbour)
    const before = await cast.witness.rules(group)
    cast.screen.say(title)
    const door = await throughDoor(cast, group, () => authorize(KEYS.mallory, permission))
    showBriefly(cast.screen, stagesOf(door))
    checkClosed(cast, door, opens)
    const claim = neighbour ? 'the neighbour is still there, under its old id' : 'nothing is left in the group'
    cast.screen.check(claim, await cast.witness.rules(group), before)
    noteDoor(cast, opens.join(' + '), door)
  }
}
