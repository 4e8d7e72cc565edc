import { describe, expect, test } from 'vitest'
import { signalsOf } from '#shared/intake/signal-of.ts'
import { answerOperator, ROUTES } from '#shared/operators/api.ts'
import { readRequest } from '#shared/operators/request.ts'
import { respondTo } from '#shared/respond.ts'
import { openIngress } from '#shared/responses/open-ingress/response.ts'
import { door } from '../support/fake-world.ts'
import { NO_SLACK } from '../support/no-slack.ts'
import { policyWith } from '../support/policies.ts'
import { DAY, stage } from '../support/stage.ts'

const LENA = 'arn:aws:sts::123456789012:assumed-role/approver/lena'

/** A request as API Gateway hands it over, once IAM has authorised it. */
const request = (routeKey: string, body?: object | string, more: object = {}) => ({
  version: '2.0',
  routeKey,
  pathParameters: { id: 'INCIDENT1' },
  requestContext: { authorizer: { iam: { userArn: LENA } }, http: { sourceIp: '198.51.100.7' } },
  ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  ...more,
})

/** An operators' API over a world where a door is asked about. Functions that it runs answer as `reply` says. */
async function asked(reply?: (name: string, payload: unknown) => Promise<{ FunctionError?: string; answer: unknown }>) {
  const world = stage(policyWith('    - { name: asked, mode: ask, allow: [tcp/443] }\n', 'only: [tcp/1]'), {
    'sg-1': [],
  })
  await world.open('sg-1', door('sgr-1'))
  const invoked: [string, unknown][] = []
  const respond = respondTo(openIngress, signalsOf)
  const invoke = async ({ FunctionName = '', Payload }: { FunctionName?: string; Payload?: unknown }) => {
    const payload = JSON.parse(String(Payload)) as unknown
    invoked.push([FunctionName, payload])
    const { answer, FunctionError } = reply
      ? await reply(FunctionName, payload)
      : { answer: await respond(payload, world.ports, { id: 'approval', startedAt: world.time.now }) }
    return { Payload: Buffer.from(JSON.stringify(answer)), ...(FunctionError ? { FunctionError } : {}) }
  }
  Object.assign(world.ports.mutations, { 'lambda:InvokeFunction': { alreadySo: [], send: invoke } })
  const ask = async (event: object) => {
    const { statusCode, body } = await answerOperator(event, NO_SLACK, world.ports)
    return {
      status: statusCode,
      answer: JSON.parse(body) as Record<string, unknown> & { error?: { code: string; message: string } },
    }
  }
  const { hash } = world.asks.get('sg-1')!
  const word = (plan = hash) => ({ plan, reason: 'seen and wanted' })
  return { ...world, ask, word, invoked, hash }
}

describe('Who asks', () => {
  const by = (event: unknown) => readRequest(event).by
  test('is whom IAM has authorised, from where the gateway saw them.', () => {
    expect(by(request('GET /switches'))).toEqual({ name: LENA, from: '198.51.100.7' })
  })

  test.each<[string, object]>([
    ['the body', { body: JSON.stringify({ by: { name: 'otto' }, from: '10.0.0.1' }) }],
    ['the headers', { headers: { 'x-forwarded-for': '10.0.0.1', 'x-amzn-user-arn': 'otto', from: '10.0.0.1' } }],
    ['the query', { queryStringParameters: { by: 'otto', userArn: 'otto', sourceIp: '10.0.0.1' } }],
    [
      'a field of the event beside the context',
      { userArn: 'otto', sourceIp: '10.0.0.1', authorizer: { iam: { userArn: 'otto' } } },
    ],
  ])('can not be set by %s.', (_, more) => {
    expect(by(request('POST /disarm', undefined, more))).toEqual({ name: LENA, from: '198.51.100.7' })
  })

  test('of an undo is said by the API: a body that names anybody is refused, and nothing is run.', async () => {
    const world = await asked(async () => ({ answer: { what: 'refused', why: 'a test', changed: [] } }))
    const body = { reason: 'a demonstration', by: { name: 'otto' }, incident: 'INCIDENT9', force: true }
    expect((await world.ask(request('POST /incidents/{id}/undo', body))).status).toBe(400)
    expect(world.invoked).toEqual([])
  })

  test.each<[string, unknown]>([
    ['without a context, as by a direct invocation', { routeKey: 'POST /disarm', body: '{"reason":"a test"}' }],
    ['without an authorizer', { ...request('POST /disarm'), requestContext: { http: { sourceIp: '198.51.100.7' } } }],
    [
      'with another authorizer',
      {
        ...request('POST /disarm'),
        requestContext: { authorizer: { jwt: { claims: { sub: 'otto' } } }, http: { sourceIp: '1.2.3.4' } },
      },
    ],
    ['without an address', { ...request('POST /disarm'), requestContext: { authorizer: { iam: { userArn: LENA } } } }],
    ['that is nothing', null],
  ])('%s is not known: it is refused, and nothing is done.', async (_, event) => {
    const world = await asked()
    const { statusCode, body } = await answerOperator(event, NO_SLACK, world.ports)
    expect([statusCode, JSON.parse(body).error.code]).toEqual([403, 'caller-unknown'])
    expect(world.state.disarmed).toBeNull()
  })
})

describe('A route', () => {
  test('of every kind answers with 200, or with words of what is wrong.', async () => {
    const world = await asked(async () => ({ answer: {} }))
    const bodies: Record<string, object> = {
      'POST /incidents/{id}/approve': world.word(),
      'POST /disarm': { reason: 'a migration' },
      'POST /arm': { reason: 'it is over' },
    }
    const statuses: Record<string, number> = {}
    for (const route of Object.keys(ROUTES)) statuses[route] = (await world.ask(request(route, bodies[route]))).status
    expect(statuses).toEqual({
      'GET /incidents': 200,
      'GET /incidents/{id}': 200,
      'GET /switches': 200,
      'GET /doctor': 200,
      'GET /jumps/{id}': 404,
      'POST /jumps': 400,
      'POST /jumps/{id}/close': 404,
      'POST /jumps/{id}/end': 404,
      'POST /jumps/{id}/extend': 400,
      'POST /hosts/{id}/quarantine': 400,
      'POST /incidents/{id}/approve': 200,
      'POST /incidents/{id}/decline': 400,
      'POST /incidents/{id}/release': 400,
      'POST /incidents/{id}/undo': 400,
      'POST /disarm': 200,
      'POST /hosts/{id}/preserve': 400,
      'POST /arm': 200,
    })
  })

  test.each<[string, object, number, string]>([
    ['no such route', request('POST /nothing'), 400, 'input-invalid'],
    ['a body that is no JSON', request('POST /disarm', '{'), 400, 'input-invalid'],
    ['no reason', request('POST /disarm', {}), 400, 'input-invalid'],
    ['a reason too short', request('POST /disarm', { reason: 'x' }), 400, 'input-invalid'],
    ['a response that is none', request('POST /disarm', { reason: 'a test', response: 'all' }), 400, 'input-invalid'],
    [
      'a word with more than it may hold',
      request('POST /disarm', { reason: 'a test', by: 'otto' }),
      400,
      'input-invalid',
    ],
    [
      'a status that is none',
      request('GET /incidents', undefined, { queryStringParameters: { status: 'lost' } }),
      400,
      'input-invalid',
    ],
    [
      'a limit that is none',
      request('GET /incidents', undefined, { queryStringParameters: { limit: '1e9' } }),
      400,
      'input-invalid',
    ],
    [
      'an incident that is none',
      request('GET /incidents/{id}', undefined, { pathParameters: { id: 'X' } }),
      404,
      'incident-unknown',
    ],
    [
      'an approval of an incident that is none',
      request(
        'POST /incidents/{id}/approve',
        { plan: '0'.repeat(32), reason: 'a test' },
        { pathParameters: { id: 'X' } },
      ),
      404,
      'incident-unknown',
    ],
    ['an approval of no plan', request('POST /incidents/{id}/approve', { reason: 'a test' }), 400, 'input-invalid'],
    [
      'an approval of another plan',
      request('POST /incidents/{id}/approve', { plan: '0'.repeat(32), reason: 'a test' }),
      409,
      'answer-refused',
    ],
  ])('that is asked for %s says so.', async (_, event, status, code) => {
    const world = await asked()
    const said = await world.ask(event)
    expect([said.status, said.answer.error?.code]).toEqual([status, code])
    expect(said.answer.error?.message).not.toBe('')
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.state.disarmed).toBeNull()
  })

  test.each([
    ['claimed-elsewhere: Another one is running.', 409, 'claimed-elsewhere'],
    ['undo-refused: It changed.', 409, 'undo-refused'],
    ['ledger-unreachable: No answer.', 502, 'ledger-unreachable'],
    ['Task timed out after 120.00 seconds', 502, 'step-failed'],
    ['no-such-code: really.', 502, 'step-failed'],
  ])('hands on the fault of a function that it runs: %s', async (errorMessage, status, code) => {
    const world = await asked(async () => ({ FunctionError: 'Unhandled', answer: { errorMessage } }))
    const said = await world.ask(request('POST /incidents/{id}/undo', { reason: 'a test' }))
    expect([said.status, said.answer.error?.code]).toEqual([status, code])
  })

  test.each([
    ['TimeoutError', 504, 'under-way'],
    ['AccessDeniedException', 502, 'step-denied'],
    ['TooManyRequestsException', 502, 'step-failed'],
  ])('has words for a function that it could not wait for, or run: %s', async (name, status, code) => {
    const world = await asked(() => Promise.reject(Object.assign(new Error('no answer'), { name })))
    const said = await world.ask(request('POST /incidents/{id}/undo', { reason: 'a test' }))
    expect([said.status, said.answer.error?.code]).toEqual([status, code])
  })

  test('that was waited for in vain has the word recorded all the same.', async () => {
    const late = Object.assign(new Error('a request has exceeded the configured requestTimeout'), {
      name: 'TimeoutError',
    })
    const world = await asked(() => Promise.reject(late))
    const said = await world.ask(request('POST /incidents/{id}/approve', world.word()))
    expect([said.status, said.answer.error?.code]).toEqual([504, 'under-way'])
    expect(said.answer.error?.message).toContain('goes on by itself')
    await world.sweep()
    expect(world.left('sg-1')).toEqual([])
  })

  test('reads a body in base64, lists newest first, and shows a story.', async () => {
    const world = await asked()
    const body = Buffer.from(JSON.stringify({ reason: 'a migration' })).toString('base64')
    expect((await world.ask(request('POST /disarm', body, { isBase64Encoded: true }))).status).toBe(200)
    expect(world.state.disarmed).toMatchObject({ by: { name: LENA, from: '198.51.100.7' }, reason: 'a migration' })
    const listed = await world.ask(request('GET /incidents'))
    expect(listed.answer).toMatchObject([{ id: 'INCIDENT1', left: 'ask open-ingress.rules.asked' }])
    const shown = await world.ask(request('GET /incidents/{id}'))
    expect(shown.answer).toMatchObject({ head: { id: 'INCIDENT1' }, broken: [] })
  })
})

describe('An answer to what is asked', () => {
  const approve = 'POST /incidents/{id}/approve'
  const decline = 'POST /incidents/{id}/decline'

  test('that approves has it carried out, and says how it ended.', async () => {
    const world = await asked()
    const { status, answer } = await world.ask(request(approve, world.word()))
    expect([status, answer.what, answer.verdict]).toEqual([200, 'approved', 'contained'])
    expect(world.left('sg-1')).toEqual([])
    expect(world.texts().at(-1)).toContain(`${LENA} approved it at`)
  })

  test('that approves what is no longer the plan does nothing, and hands back the new plan.', async () => {
    const world = await asked()
    world.change('sg-1', { rules: [door('sgr-1'), door('sgr-2', 23)] })
    const { answer } = await world.ask(request(approve, world.word()))
    expect([answer.what, answer.verdict]).toEqual(['stale', 'open'])
    expect(answer.plan).toBe(world.asks.get('sg-1')!.hash)
    expect(answer.plan).not.toBe(world.hash)
    expect(world.left('sg-1')).toEqual(['sgr-1', 'sgr-2'])
  })

  test('that approves what is asked no longer does nothing, says so, and does not lie in wait.', async () => {
    const world = await asked()
    world.mark('sg-1', { owner: '999988887777' })
    const { answer } = await world.ask(request(approve, world.word()))
    expect(answer).toMatchObject({ what: 'stale', verdict: 'open', left: 'watch groups.foreign-owned' })
    expect(answer).not.toHaveProperty('plan')
    expect(world.asks.size).toBe(0)
    world.mark('sg-1', { owner: '123456789012' })
    await world.sweep()
    expect(world.left('sg-1')).toEqual(['sgr-1'])
    expect(world.asks.get('sg-1')).toMatchObject({ state: 'asked', times: 1 })
  })

  test('that approves is told as done also where another door was opened meanwhile: that one is asked.', async () => {
    const world = await asked()
    const revoke = world.ports.mutations['ec2:RevokeSecurityGroupIngress']!
    const send: typeof revoke.send = async (input) => {
      const done = await revoke.send(input)
      world.change('sg-1', { rules: [door('sgr-2', 23)] })
      return done
    }
    Object.assign(world.ports.mutations, { 'ec2:RevokeSecurityGroupIngress': { ...revoke, send } })
    const { answer } = await world.ask(request(approve, world.word()))
    expect(answer).toMatchObject({ what: 'approved', verdict: 'open', plan: world.asks.get('sg-1')!.hash })
    expect(world.left('sg-1')).toEqual(['sgr-2'])
  })

  test('that declines runs nothing.', async () => {
    const world = await asked()
    expect((await world.ask(request(decline, world.word()))).answer).toEqual({
      what: 'declined',
      incident: 'INCIDENT1',
    })
    expect(world.invoked).toEqual([])
  })

  test.each<[string, (world: Awaited<ReturnType<typeof asked>>) => unknown, string]>([
    ['was answered before', (world) => world.ask(request(decline, world.word())), 'the first word counts'],
    ['has expired', (world) => (world.time.now += 3 * DAY), 'the next sweep asks anew'],
    ['may not be done now', (world) => world.ask(request('POST /disarm', { reason: 'a migration' })), 'Arm it first'],
    ['is over', (world) => world.asks.clear(), 'Nothing is asked in this incident'],
  ])('that comes when it %s is refused with 409 and the reason.', async (_, before, why) => {
    const world = await asked()
    await before(world)
    const { status, answer } = await world.ask(request(approve, world.word()))
    expect([status, answer.error?.code]).toEqual([409, 'answer-refused'])
    expect(answer.error?.message).toContain(why)
    expect(world.left('sg-1')).toEqual(['sgr-1'])
  })
})

describe('A person who accuses a host', () => {
  const HOSTS = `suspicious-hosts:
  rules:
    - { name: bad, mode: act, contain: network-only, when: { person: true }PRESERVE }
`
  const asking = async (route: string, preserve = '', id = 'i-0123456789abcdef0') => {
    const world = stage(policyWith(HOSTS.replace('PRESERVE', preserve)), {})
    const sent: { FunctionName: string; InvocationType?: string; subject: string }[] = []
    const send = async ({ Payload, ...more }: { FunctionName?: string; Payload?: unknown }) => {
      sent.push({
        ...(more as { FunctionName: string }),
        subject: (JSON.parse(String(Payload)) as { subject: string }).subject,
      })
      return { Payload: Buffer.from('"settled"') }
    }
    Object.assign(world.ports.mutations, { 'lambda:InvokeFunction': { alreadySo: [], send } })
    const event = request(route, { reason: 'it looks odd' }, { pathParameters: { id } })
    const { statusCode } = await answerOperator(event, NO_SLACK, world.ports)
    return { statusCode, sent, known: [...(world.suspicions.get(id)?.values() ?? [])] }
  }

  test('has it cut off, and its evidence kept beside that, without waiting for it', async () => {
    const { sent, known } = await asking('POST /hosts/{id}/quarantine')
    expect(sent).toEqual([
      { FunctionName: 'portcullis-prod-preserve-host', InvocationType: 'Event', subject: 'i-0123456789abcdef0' },
      { FunctionName: 'portcullis-prod-quarantine-instance', subject: 'i-0123456789abcdef0' },
    ])
    expect(known).toMatchObject([{ from: 'person', says: 'it looks odd', by: { name: LENA } }])
  })
  test('or its evidence alone', async () => {
    const { sent } = await asking('POST /hosts/{id}/preserve')
    expect(sent.map((one) => one.FunctionName)).toEqual(['portcullis-prod-preserve-host'])
  })
  test('is told where the rule keeps no evidence, and where that is no host', async () => {
    expect((await asking('POST /hosts/{id}/preserve', ', preserve: none')).statusCode).toBe(400)
    expect((await asking('POST /hosts/{id}/quarantine', ', preserve: none')).sent).toHaveLength(1)
    expect(await asking('POST /hosts/{id}/preserve', '', 'sg-1')).toMatchObject({
      statusCode: 400,
      sent: [],
      known: [],
    })
  })
})
