import type { Preserving } from '#shared/operators/ask-preserve.ts'
import { type Asked, ask } from './api.ts'
import { EXIT } from './exit.ts'

/** Asks that the evidence of a host be kept. */
export async function preserve(host: string, options: Asked & { readonly reason: string }): Promise<number> {
  const said = await ask<Preserving>(options, 'POST', `/hosts/${encodeURIComponent(host)}/preserve`, {
    reason: options.reason,
  })
  if (options.json) console.log(JSON.stringify(said))
  else if (!said.incident) console.log(`Nothing was to be done: EC2 does not know ${host}, or the policy spares it.`)
  else {
    console.log(
      `${said.verdict ?? 'Under way'}${said.left ? `, left by ${said.left}` : ''}: incident ${said.incident}.`,
    )
    console.log(`Once the manifest is written: npx portcullis evidence verify ${said.incident}`)
  }
  return EXIT.done
}
