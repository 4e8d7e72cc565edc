import { UpdateSecurityGroupRuleDescriptionsIngressCommand } from '@aws-sdk/client-ec2'
import { afterEach, expect, test } from 'vitest'
import { calm, doors, ec2, inbound, newGroup, open, sweep, tcp, until, verdictOf } from '../support/cloud.ts'
import { mailbox } from '../support/mail.ts'
import { portcullis } from '../support/portcullis.ts'

afterEach(calm)

const OFFICE = '198.51.100.0/24'

/** A rule that says that it has no reason, beside one that says nothing, and what people were told. */
async function askedRule() {
  const mail = await mailbox()
  const group = await newGroup()
  await open(group, [tcp(5432, OFFICE)])
  await open(group, [tcp(22, OFFICE, 'no reason')])
  const { id, left } = await verdictOf(group, 'open')
  expect(left).toBe('ask open-ingress.describe')
  const told = await until(
    'the ask',
    () => mail.read().then((all) => all.find((one) => one.facts.incident === id)),
    Boolean,
  )
  return { group, id, told: told! }
}

test('a new rule without a reason is asked of its author, and revoked where a person approves', async () => {
  const { group, id, told } = await askedRule()
  expect(told.subject).toBe(`Portcullis open: 1 new inbound rule(s) of ${group} without a reason`)
  expect(told.facts.text).toMatch(/Made by "arn:aws:iam::\d+:user\/alice": please give them a description/)
  expect(await doors(group)).toEqual([`tcp/22 ${OFFICE}`, `tcp/5432 ${OFFICE}`])
  const { hash } = told.facts.ask as { hash: string }
  expect(await portcullis('approve', id, '--plan', hash, '--reason', 'nobody knows why')).toMatchObject({ code: 0 })
  expect(await doors(group)).toEqual([`tcp/5432 ${OFFICE}`])
})

test('it is over when the rule gets its reason, and the sweep, which sees no caller, knows that it was new', async () => {
  const { group, id } = await askedRule()
  await sweep()
  expect(await verdictOf(group, 'open')).toMatchObject({ id, status: 'open' })
  const [rule] = (await inbound(group)).filter((one) => one.FromPort === 22)
  await ec2.send(
    new UpdateSecurityGroupRuleDescriptionsIngressCommand({
      GroupId: group,
      SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: rule!.SecurityGroupRuleId!, Description: 'OPS-7' }],
    }),
  )
  expect(await verdictOf(group, 'contained')).toMatchObject({ id })
  expect(await inbound(group)).toHaveLength(2)
})

test('a door without a reason is a door: it is closed, and nobody is asked', async () => {
  const group = await newGroup()
  await open(group, [tcp(22, '0.0.0.0/0', 'no reason')])
  expect(await verdictOf(group, 'contained')).toMatchObject({ summary: `tcp/22 of ${group} open to the world` })
  expect(await doors(group)).toEqual([])
})

test('the report names every rule that does not say why, old ones too, by the pattern of the policy', async () => {
  const group = await newGroup()
  const [silent] = await open(group, [tcp(22, OFFICE)])
  const [said] = await open(group, [tcp(23, OFFICE, 'OPS-8')])
  const lines = async (...more: string[]) => {
    const ran = await portcullis('undescribed', '--region', 'eu-central-1', ...more)
    expect(ran).toMatchObject({ code: 0, error: '' })
    return ran.out.split('\n')
  }
  // The policy of the project has no pattern: then anything but blanks will do.
  const all = await lines()
  expect(all).toContain(`${group}  ${silent}  tcp/22 from ${OFFICE}  says nothing`)
  expect(all.join('\n')).not.toContain(said)
  expect(all.at(-2)).toMatch(/^\d+ of \d+ inbound rules do not say why they exist \(\\S\)\.$/)
  const json = (await lines('--json')).filter(Boolean).map((line) => JSON.parse(line) as { rule: string })
  expect(json).toContainEqual({ group, rule: silent, ports: 'tcp/22', from: OFFICE, description: '' })
  // By the tests' own policy only a rule that says "no reason" has none.
  const [none] = await open(group, [tcp(24, OFFICE, 'no reason')])
  const ours = await lines('--policy', 'test/support/policy.yml')
  expect(ours).toContain(`${group}  ${none}  tcp/24 from ${OFFICE}  "no reason"`)
  expect(ours.join('\n')).not.toContain(silent)
})
