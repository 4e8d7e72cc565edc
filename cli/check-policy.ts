import { problemText, readPolicy } from '#shared/policy/load.ts'
import { EXIT } from './exit.ts'
import { policyText } from './read-policy.ts'

/** Checks a policy file, and says what it comes to. Exit code 1 where it is wrong. */
export function checkPolicy(file: string, { json }: { readonly json?: boolean }): number {
  const read = readPolicy(policyText(file))
  if ('problems' in read) {
    if (json) console.log(JSON.stringify({ good: false, problems: read.problems }))
    else for (const problem of read.problems) console.error(problemText(file, problem))
    return EXIT.failed
  }
  const rules = read.policy['open-ingress'].rules.map(({ name, mode }) => ({ name, mode }))
  const expired = read.policy.exemptions.filter((one) => new Date(one.expires) < new Date()).map((one) => one.name)
  if (json) console.log(JSON.stringify({ good: true, rules, exemptions: read.policy.exemptions.length, expired }))
  else {
    console.log(`${file}: good.`)
    for (const { name, mode } of rules) console.log(`  ${name}: ${mode}`)
    for (const name of expired) console.log(`  exemption ${name} has expired and spares nothing`)
  }
  return EXIT.done
}
