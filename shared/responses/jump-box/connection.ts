import type { BoxRequest } from '#shared/jump/box-request.ts'
import type { Zone } from '#shared/policy/schema.ts'
import { addressOf } from './differences.ts'
import { isPublic } from './wanted.ts'
import type { BoxWorld } from './world.ts'

/** How to get into a box that is open. */
export interface Connection {
  /** Ready to paste. */
  readonly ssh: string
  /** How to see the host's key by another way than the connection itself. */
  readonly hostKey: string
  readonly address: string
  readonly instance: string
}

/** How to get in; null where there is no box, or none that has its address yet. */
export function connectionOf(
  request: BoxRequest,
  zone: Pick<Zone, 'address' | 'port' | 'user'>,
  region: string,
  world: BoxWorld,
): Connection | null {
  const { address: caller = '' } = request
  const address = addressOf({ address: caller, isPublic: isPublic(zone, caller) }, world)
  if (!world.instance || !address) return null
  const port = zone.port === 22 ? '' : `-p ${zone.port} `
  return {
    ssh: `ssh ${port}${zone.user}@${address}`,
    // The guest prints its keys to the console at its first boot.
    hostKey: `aws ec2 get-console-output --region ${region} --instance-id ${world.instance.id} --latest --output text | grep -A 8 "SSH HOST KEY FINGERPRINTS"`,
    address,
    instance: world.instance.id,
  }
}
