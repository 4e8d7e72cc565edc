import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '#local/cloud.ts'
import type { Entry, Head } from '#shared/story.ts'
import { calm, closed, doors, entriesOf, newGroup, open, tcp, verdictOf } from '../support/cloud.ts'
import { errorIn, portcullis, ran } from '../support/portcullis.ts'

const NO_SUCH_ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV'

/** A door that was opened and closed, and its incident. */
async function closedDoor(): Promise<{ readonly group: string; readonly id: string }> {
  const group = await newGroup()
  await open(group)
  return { group, id: (await verdictOf(group, 'contained')).id }
}

let door: Awaited<ReturnType<typeof closedDoor>>
beforeAll(async () => {
  door = await closedDoor()
})
afterEach(calm)

/** Every stack trace has such a line. */
const TRACE = /^ +at /m

test('a door typed into the AWS CLI is closed within two seconds', async () => {
  const group = await newGroup()
  const opening = ['ec2', 'authorize-security-group-ingress', '--group-id', group]
  const typed = await ran(join(ROOT, '.venv/bin/aws'), [
    ...opening,
    ...['--protocol', 'tcp', '--port', '22', '--cidr', '0.0.0.0/0'],
  ])
  const ended = Date.now()
  expect(typed).toMatchObject({ code: 0, error: '' })
  await closed(group)
  expect(Date.now() - ended).toBeLessThanOrEqual(2_000)
  await verdictOf(group, 'contained')
})

describe('incidents', () => {
  test('lists them in words and as JSON, newest first', async () => {
    const second = await closedDoor()
    const words = await portcullis('incidents')
    expect(words).toMatchObject({ code: 0, error: '' })
    const line = words.out.split('\n').find((one) => one.startsWith(door.id))
    expect(line).toContain(`contained        tcp/22 of ${door.group} open to the world`)
    const json = await portcullis('incidents', '--json')
    const ids = (JSON.parse(json.out) as Head[]).map((head) => head.id)
    expect(ids).toEqual(ids.toSorted().reverse())
    expect(ids.indexOf(second.id)).toBeLessThan(ids.indexOf(door.id))
  })

  test('keeps to the status and the number that are asked for', async () => {
    const list = async (...args: string[]) =>
      JSON.parse((await portcullis('incidents', '--json', ...args)).out) as Head[]
    const group = await newGroup()
    await open(group, [tcp(9001)])
    const watched = await verdictOf(group, 'open')
    const isOpen = await list('--status', 'open')
    expect(isOpen.map((head) => head.id)).toContain(watched.id)
    expect(new Set(isOpen.map((head) => head.status))).toEqual(new Set(['open']))
    expect((await list('--status', 'closed')).map((head) => head.id)).not.toContain(watched.id)
    expect(await list('--status', 'closed', '--limit', '1')).toHaveLength(1)
  })

  test.each([
    ['--status', 'shut', 'Expected --status to be open, held, closed or all; got shut.'],
    ['--limit', '0', 'Expected --limit to be a whole number of 1 to 1000; got 0.'],
    ['--limit', 'many', 'Expected --limit to be a whole number of 1 to 1000; got many.'],
  ])('%s %s is wrong usage', async (option, value, sentence) => {
    const said = await portcullis('incidents', option, value, '--json')
    expect(said).toMatchObject({ code: 2, error: `input-invalid: ${sentence}\n` })
    expect(errorIn(said.out)).toEqual({ code: 'input-invalid', message: sentence })
  })

  test('of a stage that was never deployed is one sentence', async () => {
    const said = await portcullis('incidents', '--stage', 'nowhere')
    expect(said).toMatchObject({ code: 1, out: '' })
    expect(said.error).toMatch(/^read-failed: Expected to find the operators' API of stage nowhere .*\n$/)
  })
})

describe('show and undo', () => {
  test('an undo that would overwrite a change is refused with 3; forced it is done; the story tells it all', async () => {
    const { group, id } = await closedDoor()
    await open(group, [tcp(8443, '10.0.0.0/8')])
    const refused = await portcullis('undo', id, '--reason', 'it was meant')
    expect(refused).toMatchObject({ code: 3, out: '' })
    expect(refused.error).toContain('Refused: somebody changed the group since.')
    expect(refused.error).toContain('  tcp/8443 from 10.0.0.0/8: before absent; we left absent; now present')
    expect(await doors(group)).toEqual(['tcp/8443 10.0.0.0/8'])
    const again = await portcullis('undo', id, '--reason', 'it was meant', '--json')
    expect(again.code).toBe(3)
    expect(JSON.parse(again.out)).toMatchObject({ what: 'refused', why: 'somebody changed the group since' })

    const done = await portcullis('undo', id, '--reason', 'it was meant', '--force', '--for', '1m')
    expect(done).toMatchObject({ code: 0, error: '' })
    expect(done.out).toMatch(/^Undone \(best-effort\); left alone until /)
    expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0', 'tcp/8443 10.0.0.0/8'])

    const kinds = new Set((await entriesOf(id)).map((entry) => entry.what))
    for (const what of ['opened', 'intended', 'done', 'verified', 'undo-refused', 'undo-intended', 'undone'] as const)
      expect(kinds).toContain(what)
    const story = await portcullis('show', id)
    expect(story).toMatchObject({ code: 0, error: '' })
    expect(story.out).toContain('undone')
    for (const what of kinds) expect(story.out).toMatch(new RegExp(`Z  ${what} +\\S`))
    expect(story.out).toContain('it was meant (forced)')
    const json = JSON.parse((await portcullis('show', id, '--json')).out) as { head: Head; entries: Entry[] }
    expect(json.head.id).toBe(id)
    expect(json.entries).toEqual(await entriesOf(id))
  })

  test('an undo puts the rules back, and answers in JSON', async () => {
    const { group, id } = await closedDoor()
    const said = await portcullis('undo', id, '--reason', 'it was meant', '--json')
    expect(said).toMatchObject({ code: 0, error: '' })
    expect(JSON.parse(said.out)).toMatchObject({ what: 'undone', fidelity: 'exact', differs: [] })
    expect(await doors(group)).toEqual(['tcp/22 0.0.0.0/0'])
  })

  test.each([
    ['show', ['show', NO_SUCH_ID]],
    ['undo', ['undo', NO_SUCH_ID, '--reason', 'it was meant']],
  ])('%s of an incident that is not there is wrong usage', async (_, args) => {
    const said = await portcullis(...args, '--json')
    expect(said.code).toBe(2)
    expect(errorIn(said.out).code).toBe('incident-unknown')
    expect(said.error).toContain(`${NO_SUCH_ID} is none.`)
    expect(said.error).not.toMatch(TRACE)
  })

  test.each(['59s', '8d', 'soon', '-1h'])('--for=%s is wrong usage, before AWS is asked', async (time) => {
    const args = ['bin/portcullis.js', 'undo', door.id, '--reason', 'it was meant', `--for=${time}`]
    // Nobody listens there: that nothing is asked is seen by there being another error.
    const said = await ran(process.execPath, args, { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' })
    expect(said).toMatchObject({ code: 2, out: '' })
    expect(said.error).toBe(`input-invalid: Expected --for to be a duration of 1m to 7d, such as 4h; got ${time}.\n`)
    expect(await doors(door.group)).toEqual([])
  })
})

test('powers as JSON has a row per call that changes anything', async () => {
  const said = await portcullis('powers', '--json')
  expect(said).toMatchObject({ code: 0, error: '' })
  const rows = JSON.parse(said.out) as { call: string; heldBy: string[] }[]
  const revoke = rows.find((row) => row.call === 'ec2:RevokeSecurityGroupIngress')
  expect(revoke?.heldBy).toEqual(['close-open-ingress'])
})
