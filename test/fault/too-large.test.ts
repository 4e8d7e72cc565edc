import { AuthorizeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2'
import { afterEach, expect, test } from 'vitest'
import { calm, control, doors, ec2, newGroup, sweep, tcp, until, verdictOf } from '../support/cloud.ts'
import { mailbox } from '../support/mail.ts'

afterEach(calm)

const NARROW = 30

/** One call that opens a door beside narrow rules; each has the most tags that it may have, and the record holds them all. */
async function openAmongTags(): Promise<string> {
  const group = await newGroup()
  const Tags = Array.from({ length: 50 }, (_, i) => ({ Key: `${i}-`.padEnd(128, 'k'), Value: 'v'.repeat(256) }))
  const IpRanges = Array.from({ length: NARROW }, (_, i) => ({ CidrIp: `10.0.${i}.0/24` }))
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: group,
      IpPermissions: [tcp(22), { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges }],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags }],
    }),
  )
  return group
}

test('an event over 256 KB never comes: the door stands until the sweep, which closes it and says that it was missed', {
  timeout: 120_000,
}, async () => {
  // A first sweep tells everything in one digest, and calls nothing missed.
  await sweep()
  const mail = await mailbox()
  const group = await openAmongTags()
  const [record] = await until(
    'the record of the call',
    async () =>
      (await control.events()).filter((one) => {
        const text = JSON.stringify(one.event)
        return text.includes('AuthorizeSecurityGroupIngress') && text.includes(group)
      }),
    (all) => all.length > 0,
  )
  expect(record).toMatchObject({ fate: 'too-large', deliveredAt: [] })
  expect(await doors(group)).toContain('tcp/22 0.0.0.0/0')

  expect(await sweep()).toMatchObject({ error: undefined })
  const { id } = await verdictOf(group, 'contained')
  expect(await doors(group)).toHaveLength(NARROW)
  expect(await doors(group)).not.toContain('tcp/22 0.0.0.0/0')
  const told = await until(
    'the notice',
    () => mail.read().then((all) => all.find((one) => one.facts.incident === id)),
    Boolean,
  )
  expect(told!.facts).toMatchObject({ missed: true, verdict: 'contained' })
  expect(told!.facts.text).toContain('no event had told of it: is a trail logging management events here?')
})
