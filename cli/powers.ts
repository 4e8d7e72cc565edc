import { doctorRights } from '#deploy/doctor-role.ts'
import { deployedPolicy } from '#deploy/policy.ts'
import { type Bound, functionRights, implicationsOf } from '#deploy/rights.ts'
import { everyMutation } from '#shared/mutations/every.ts'
import type { Mutations } from '#shared/mutations/table.ts'
import { EXIT } from './exit.ts'

/** Lists what Portcullis can do to an account, read from the code that does it. */
export function powers({ json }: { readonly json?: boolean }): number {
  const rows = powersTable()
  if (json) console.log(JSON.stringify(rows))
  else {
    for (const row of rows) {
      console.log(
        `${row.call}\n  ${row.does}\n  held by ${row.heldBy.join(', ') || 'nobody under this policy'}; on ${row.resources.join(', ')}`,
      )
      for (const { by, on } of row.bounds) console.log(`  ${by}: only on ${on.join('; ')}`)
      for (const { action, because } of row.implies) console.log(`  implies ${action}: ${because}`)
    }
    for (const { name, secrets = [] } of secretsTable())
      if (secrets.length > 0) console.log(`${name} reads of Slack's secrets: ${secrets.join(', ')}`)
    console.log('\nEverything else only reads, or writes to its own ledger, log and dead-letter queue.')
  }
  return EXIT.done
}

/** What a launch may imply, by what the policy says of it. */
const LAUNCHING: ReadonlySet<string> = new Set(['parameters', 'profiles'])

const boundText = ({ resources, condition }: Bound): string =>
  `${resources.join(', ')}${condition ? ` if ${JSON.stringify(condition)}` : ''}`

/** Which functions read which of Slack's secrets. */
const secretsTable = (policy = deployedPolicy()) =>
  Object.entries(functionRights(policy)).map(([name, { secrets }]) => ({ name, secrets }))

/** One row per call that can change anything. */
export function powersTable(policy = deployedPolicy()) {
  const functions = Object.entries({ ...functionRights(policy), doctor: doctorRights })
  return Object.entries(everyMutation).map(([call, { does, resources }]) => {
    const holders = functions.filter(([, { powers }]) => powers.some((power) => power === call))
    const implied = new Set(holders.flatMap(([, rights]) => implicationsOf(rights)))
    return {
      call,
      does,
      resources,
      heldBy: holders.map(([name]) => name),
      // Where the policy says what exactly, the function may touch no more than that.
      bounds: holders.flatMap(([by, { bounds }]) => {
        const narrow = bounds?.[call as keyof Mutations]
        return narrow ? [{ by, on: narrow.map(boundText) }] : []
      }),
      implies: [...implied]
        .filter(
          (right) =>
            right.with === call ||
            (right.with === 'tags' && call === 'ec2:AuthorizeSecurityGroupIngress') ||
            (LAUNCHING.has(right.with) && call === 'ec2:RunInstances'),
        )
        .map(({ action, because, source }) => ({ action, because, source })),
    }
  })
}
