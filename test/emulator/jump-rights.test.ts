import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2'
import { afterAll, expect, test } from 'vitest'
import { boxName } from '#shared/responses/jump-box/world.ts'
import { doors, ec2, open, sweep, tcp, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { as } from '../support/portcullis.ts'

/** The one call of the role that keeps boxes that no request, no extension and no end ever needs. */

const carol = as('carol')
let id = ''
afterAll(() => carol('jump', 'close', id))

test('A rule that somebody adds to the group of a box goes again, and the rule of its owner stays.', async () => {
  const key = join(mkdtempSync(join(tmpdir(), 'portcullis-key-')), 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const asked = ['--zone', 'lab', '--reason', 'look at the logs', '--key', `${key}.pub`, '--json']
  id = (JSON.parse((await carol('jump', 'open', ...asked)).out) as { request: { id: string } }).request.id
  const Filters = [{ Name: 'group-name', Values: [boxName(STAGE, id)] }]
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))
  const group = SecurityGroups![0]!.GroupId!
  const own = await doors(group)
  expect(own).toHaveLength(1)
  // One address more, so that it is no door to the world: nothing but the box's own request says that it is wrong.
  await open(group, [tcp(22, '198.51.100.99/32')])
  await sweep(`portcullis-${STAGE}-keep-jump-boxes`)
  expect(
    await until(
      'the rule to go',
      () => doors(group),
      (left) => left.length === 1,
    ),
  ).toEqual(own)
})
