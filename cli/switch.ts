import type { Switches } from '#shared/operators/switch.ts'
import { type Asked, ask } from './api.ts'
import { EXIT } from './exit.ts'

interface Options extends Asked {
  readonly reason: string
  readonly response?: string
}

/** Switches responses off, or on again. It works from the very next change on, without a deploy. */
export async function setSwitch(to: 'disarm' | 'arm', options: Options): Promise<number> {
  const { reason, response } = options
  const { disarmed } = await ask<Switches>(options, 'POST', `/${to}`, { reason, ...(response ? { response } : {}) })
  if (options.json) console.log(JSON.stringify({ disarmed }))
  else
    for (const [name, off] of Object.entries(disarmed))
      console.log(
        off ? `${name}: disarmed by ${off.by.name} at ${off.at}: ${off.reason}` : `${name}: does what the policy says`,
      )
  return EXIT.done
}
