import { DescribeSecurityGroupRulesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { portsText } from '#shared/kit/ports.ts'
import { quote } from '#shared/kit/quote.ts'
import { loadPolicy } from '#shared/policy/load.ts'
import { ruleOf } from '#shared/responses/open-ingress/from-ec2.ts'
import { isDescribed } from '#shared/responses/open-ingress/undescribed.ts'
import { type Asked, clientOptions } from './api.ts'
import { asked } from './aws.ts'
import { EXIT } from './exit.ts'
import { policyText } from './read-policy.ts'

const QUESTION = {
  expected: 'to read the security group rules of the region (AWS EC2)',
  denied: 'read-denied',
  failed: 'read-failed',
} as const

/** Reports every inbound rule that does not say why it exists, read with the caller's own rights. */
export async function undescribed(options: Asked & { readonly policy: string }): Promise<number> {
  const pattern = loadPolicy(policyText(options.policy), options.policy)['open-ingress'].describe?.pattern ?? '\\S'
  const client = new EC2Client(clientOptions(options))
  let [count, all] = [0, 0]
  let cursor: string | undefined
  do {
    const page = await asked(QUESTION, () =>
      client.send(
        new DescribeSecurityGroupRulesCommand({ MaxResults: 1_000, ...(cursor ? { NextToken: cursor } : {}) }),
      ),
    )
    for (const one of page.SecurityGroupRules ?? []) {
      if (one.IsEgress === true) continue
      all++
      const rule = ruleOf(one)
      if (isDescribed(rule, pattern)) continue
      count++
      const from = rule.cidr ?? rule.prefixList ?? rule.group ?? '?'
      const said = rule.description ?? ''
      if (options.json)
        console.log(
          JSON.stringify({ group: one.GroupId, rule: rule.id, ports: portsText(rule), from, description: said }),
        )
      else
        console.log(
          `${one.GroupId}  ${rule.id}  ${portsText(rule)} from ${from}  ${said ? quote(said) : 'says nothing'}`,
        )
    }
    cursor = page.NextToken || undefined
  } while (cursor)
  if (!options.json) console.log(`${count} of ${all} inbound rules do not say why they exist (${pattern}).`)
  return EXIT.done
}
