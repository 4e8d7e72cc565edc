import { linkToken, placeOf } from '#shared/jump/link.ts'
import type { Page } from '#shared/jump/page.ts'
import { prove } from '#shared/jump/prove.ts'
import { boxPolicy } from './box-policy.ts'
import { ACCOUNT, boxStage, REGION } from './box-stage.ts'

/** A secret that links are signed with, and the one before. */
export const [SECRET, OLDER] = ['8f742231b10e8888abcd99yyyzzz85a5', '00112233445566778899aabbccddeeff']
/** This deployment, as a link means it. */
export const HERE = placeOf({ account: ACCOUNT, region: REGION, stage: 'prod' })
/** Where somebody comes from, and somebody else. */
export const ME = '203.0.113.7'
export const OTHER = '198.51.100.9'

/** Somebody who has asked, and the page behind their link. */
export async function linkStage({
  zone = 'lab',
  person = 'alice',
  reason = 'look at the logs',
  policy = boxPolicy(),
} = {}) {
  const there = boxStage(policy)
  const { request } = await there.ask(person, { zone, reason })
  const { id } = request
  let [secrets, anew] = [[SECRET], 0]
  const page = prove({
    all: async () => secrets,
    anew: async () => {
      anew++
      return secrets
    },
  })
  const ends = Math.floor(Date.parse(request.linkUntil) / 1_000)
  const token = (more: Partial<{ request: string; ends: number }> = {}, secret = SECRET, place = HERE) =>
    linkToken({ request: id, ends, ...more }, secret, place)
  const send = (method: string, given = token(), from = ME, more: object = {}): Promise<Page> =>
    page(
      { requestContext: { http: { method, sourceIp: from } }, pathParameters: { token: given }, ...more },
      there.ports,
    )
  return {
    ...{ ...there, id, token, send, get: () => send('GET'), post: (from = ME) => send('POST', token(), from) },
    now: () => there.requests.get(id)!,
    rotate: (...to: string[]) => {
      secrets = to
    },
    askedAnew: () => anew,
    whys: () => there.refusals.map(({ why, from }) => `${why} from ${from}`),
  }
}
