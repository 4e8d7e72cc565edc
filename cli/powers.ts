import { doctorRights } from '#deploy/doctor-role.ts'
import { deployedPolicy } from '#deploy/policy.ts'
import { functionRights, impliedBy, impliedRights } from '#deploy/rights.ts'
import { everyMutation } from '#shared/mutations/every.ts'
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
      for (const { action, because } of row.implies) console.log(`  implies ${action}: ${because}`)
    }
    console.log('\nEverything else only reads, or writes to its own ledger, log and dead-letter queue.')
  }
  return EXIT.done
}

/** One row per call that can change anything. */
export function powersTable(policy = deployedPolicy()) {
  const functions = Object.entries({ ...functionRights(policy), doctor: doctorRights })
  return Object.entries(everyMutation).map(([call, { does, resources }]) => {
    const holders = functions.filter(([, { powers }]) => powers.some((power) => power === call))
    const implied = holders.flatMap(([, rights]) => impliedBy(rights))
    return {
      call,
      does,
      resources,
      heldBy: holders.map(([name]) => name),
      implies: impliedRights
        .filter(
          (right) =>
            (right.with === call || (right.with === 'tags' && call === 'ec2:AuthorizeSecurityGroupIngress')) &&
            implied.includes(right.action),
        )
        .map(({ action, because, source }) => ({ action, because, source })),
    }
  })
}
