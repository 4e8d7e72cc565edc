import { describe, expect, test } from 'vitest'
import { allowedBySecurityGroups } from '../oracle/reach.ts'
import { id, type World } from '../oracle/world.ts'
import { hostStage } from '../support/host-stage.ts'
import { HOST, hostPolicy, NEIGHBOUR, twoVpcs, withHost } from '../support/host-worlds.ts'

/** Sessions that a host was given, and the profile that gives it new ones. */

const INCIDENT = '01JQ0000000000000000000000'
function stage(rule: string, world: World = twoVpcs()) {
  const there = hostStage(hostPolicy(rule), world)
  Object.assign(there.ports, { newId: () => INCIDENT })
  return there
}
type Stage = ReturnType<typeof stage>
const called = ({ calls }: Stage, name: string) => calls.filter(({ call }) => call === name)
const withRole = (there: Stage, path = '/') => {
  there.estate.profiles[HOST] = { association: 'iip-assoc-1', arn: 'arn:aws:iam::1:instance-profile/web' }
  there.estate.roles.web = { path, policies: {} }
}

describe('credentials', () => {
  test.each(['/aws-service-role/spot.amazonaws.com/', '/aws-reserved/sso.amazonaws.com/'])(
    'a role under %s is named: it can not be edited',
    async (path) => {
      const there = stage('contain: credentials')
      withRole(there, path)
      await there.accuse(HOST)
      expect(called(there, 'iam:PutRolePolicy')).toEqual([])
      expect(there.texts().at(-1)).toContain(`sessions of role web stay good until they expire`)
      expect(there.texts().at(-1)).toContain('can not be edited')
      expect(there.estate.profiles[HOST]).toBeUndefined()
    },
  )

  test('sessions: role denies all that are older than now, and names who else has the role', async () => {
    const there = stage('contain: credentials\nsessions: role')
    withRole(there)
    there.estate.profiles[NEIGHBOUR] = { association: 'iip-assoc-2', arn: 'arn:aws:iam::1:instance-profile/web' }
    there.estate.profiles[id('i', 3)] = { association: 'iip-assoc-3', arn: 'arn:aws:iam::1:instance-profile/other' }
    // Its siblings are known while it has the profile: the first notice tells.
    there.faults.set('ec2:DisassociateIamInstanceProfile', { error: new Error('later'), times: 9 })
    await there.accuse(HOST).catch(() => undefined)
    const [put] = called(there, 'iam:PutRolePolicy')
    expect(String(put!.input.PolicyDocument)).toContain('"aws:TokenIssueTime":"${now}"')
    expect(there.notices.at(-1)!.message).toMatchObject({ siblings: [NEIGHBOUR] })
  })

  test('the profile goes once its sessions are denied and its role is noted, not before', async () => {
    const there = stage('contain: credentials')
    withRole(there)
    there.faults.set('iam:PutRolePolicy', { error: Object.assign(new Error('no'), { name: 'AccessDenied' }), times: 9 })
    await expect(there.accuse(HOST)).rejects.toMatchObject({ code: 'step-denied' })
    expect(there.estate.profiles[HOST]).toBeDefined()
    expect(allowedBySecurityGroups(there.state.world, HOST)).toEqual([])
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'partial' })
  })

  test('and in the same round: no step of the plan is put off', async () => {
    const there = stage('contain: credentials')
    withRole(there)
    await there.accuse(HOST)
    expect(there.estate.profiles[HOST]).toBeUndefined()
    expect(there.entries.get(INCIDENT)!.filter((one) => one.what === 'not-done')).toEqual([])
    const rounds = there.entries.get(INCIDENT)!.filter((one) => one.what === 'opened' || one.what === 'joined')
    expect(rounds).toHaveLength(2)
  })

  test('a tag that names no role keeps nothing unknown', async () => {
    const world = withHost(twoVpcs(), { Tags: [{ Key: 'portcullis:role', Value: 'nobody' }] })
    const there = stage('contain: credentials\nreach: vpc', world)
    Object.assign(there.ports.reads, {
      'iam:ListRolePolicies': async () =>
        Promise.reject(Object.assign(new Error('no'), { name: 'NoSuchEntityException' })),
    })
    await there.accuse(HOST)
    expect(there.headOf(HOST)).toMatchObject({ verdict: 'contained' })
  })

  test('a denial that somebody takes away is told: the tag alone says which role it was', async () => {
    const there = stage('contain: credentials')
    withRole(there)
    await there.accuse(HOST)
    there.estate.roles.web!.policies = {}
    await there.sweep()
    expect(there.texts().at(-1)).toContain('the policy that denied them is gone')
    expect(called(there, 'iam:PutRolePolicy')).toHaveLength(1)
  })
})
