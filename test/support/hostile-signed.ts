import fc from 'fast-check'
import { evil, type Hostile, now, type Prey, signatureOf, toSlack, ulid, word } from './hostile-parts.ts'

/** Signed, as Slack itself would if somebody could make it; and yet nothing may come of it. */
export function signed({ secret, team, box }: Prey): fc.Arbitrary<Hostile>[] {
  const send = (
    what: string,
    why: string,
    body: string | Buffer,
    by?: Hostile['by'],
    more: Hostile['headers'] = {},
  ) => {
    const at = now()
    const headers = {
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': `v0=${signatureOf(body, at, secret)}`,
    }
    return toSlack(what, why, { ...headers, ...more }, body, by)
  }
  // What makes each body another one: else it would be taken for a copy.
  const salt = fc.uuid()
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
  const payload = (value: unknown) => form({ payload: typeof value === 'string' ? value : JSON.stringify(value) })
  const from = (user: string, more: object, of = team) => ({ team: { id: of }, user: { id: user }, ...more })
  const press = (user: string, value: string, trigger_id: string) =>
    payload(from(user, { type: 'block_actions', trigger_id, actions: [{ action_id: 'x', type: 'button', value }] }))
  const words = (user: string, metadata: object, nonce: string) =>
    payload(
      from(user, {
        type: 'view_submission',
        nonce,
        view: {
          callback_id: 'word',
          private_metadata: JSON.stringify(metadata),
          state: { values: { reason: { reason: { value: 'because I can' } } } },
        },
      }),
    )
  const request = (user: string, zone: string, nonce: string) =>
    payload(
      from(user, {
        type: 'view_submission',
        nonce,
        view: {
          callback_id: 'jump-request',
          state: {
            values: {
              zone: { zone: { selected_option: { value: zone } } },
              reason: { reason: { value: 'let me in' } },
              key: { key: { value: 'ssh-ed25519 AAAA' } },
            },
          },
        },
      }),
    )
  return [
    fc
      .tuple(salt, fc.stringMatching(/^T[A-Z0-9]{9}$/))
      .map(([text, other]) =>
        send(
          'of another workspace',
          'other-workspace',
          form({ command: '/jump', team_id: other, user_id: 'U0123ALICE', text }),
        ),
      ),
    fc
      .tuple(salt, fc.stringMatching(/^T[A-Z0-9]{9}$/))
      .map(([nonce, other]) =>
        send(
          'pressed in another workspace',
          'other-workspace',
          payload(from('U0123ALICE', { nonce, type: 'block_actions' }, other)),
        ),
      ),
    salt.map((text) =>
      send('of no workspace', 'other-workspace', form({ command: '/jump', user_id: 'U0123ALICE', text })),
    ),
    salt.map((text) => send('of nobody', 'nobody', form({ command: '/jump', team_id: team, text }))),
    fc
      .tuple(salt, fc.stringMatching(/^U[A-Z0-9]{9}$/))
      .map(([text, user]) =>
        send('of a stranger', 'unknown-person', form({ command: '/jump', team_id: team, user_id: user, text })),
      ),
    fc
      .tuple(salt, evil)
      .map(([text, user]) =>
        send('of no name', 'unknown-person', form({ command: '/jump', team_id: team, user_id: user, text })),
      ),
    salt.map((text) =>
      send(
        'as JSON',
        'no-form',
        JSON.stringify({ command: '/jump', team_id: team, user_id: 'U0123ALICE', text }),
        undefined,
        { 'content-type': 'application/json' },
      ),
    ),
    salt.map((text) =>
      send(
        'as plain text',
        'no-form',
        form({ command: '/jump', team_id: team, user_id: 'U0123ALICE', text }),
        undefined,
        { 'content-type': 'text/plain' },
      ),
    ),
    fc
      .tuple(salt, fc.constantFrom('{', '[', 'null', '1', '"x"', 'undefined', '{"a":}', '\u0000'))
      .map(([nonce, text]) =>
        send('with a payload that is none', 'malformed-payload', `${payload(text)}&nonce=${nonce}`),
      ),
    fc
      .tuple(salt, evil)
      .map(([nonce, name]) =>
        send(
          'with names that mean something',
          'other-workspace',
          payload(`{"${name}":{"team":{"id":"${team}"},"id":"${team}"},"nonce":"${nonce}"}`),
        ),
      ),
    fc
      .tuple(salt, evil)
      .map(([nonce, name]) =>
        send('of a kind that is none', 'unknown-kind', payload(from('U0123ALICE', { type: name, nonce }))),
      ),
    fc
      .tuple(salt, fc.json({ maxDepth: 3 }))
      .map(([nonce, value]) => send('a button of any value', 'unknown-button', press('U0123ALICE', value, nonce))),
    fc
      .tuple(salt, evil, ulid)
      .map(([nonce, name, id]) =>
        send(
          'a button with more than it may hold',
          'unknown-button',
          press('U0123ALICE', `{"what":"close","box":"${id}","${name}":{"may":["operate"]}}`, nonce),
        ),
      ),
    fc
      .tuple(salt, word)
      .map(([nonce, id]) =>
        send(
          'a button of no id',
          'unknown-button',
          press('U0123ALICE', JSON.stringify({ what: 'close', box: `${id}!` }), nonce),
        ),
      ),
    fc
      .tuple(salt, fc.integer({ min: 2_000, max: 20_000 }))
      .map(([nonce, deep]) =>
        send(
          'a button that is very deep',
          'unknown-button',
          press('U0123ALICE', '['.repeat(deep) + ']'.repeat(deep), nonce),
        ),
      ),
    fc
      .tuple(salt, evil)
      .map(([nonce, name]) =>
        send(
          'a form that is none',
          'unknown-form',
          payload(from('U0123ALICE', { nonce, type: 'view_submission', view: { callback_id: name } })),
        ),
      ),
    fc
      .tuple(salt, fc.constantFrom('vault', 'moon', '__proto__'))
      .map(([nonce, zone]) =>
        send('for a zone that is not theirs', 'zone-not-theirs', request('U0123BOB00', zone, nonce)),
      ),
    salt.map((nonce) =>
      send(
        'a press on another’s box',
        'box-refused',
        press('U0123CAROL', JSON.stringify({ what: 'close', box }), nonce),
        'operators-api',
      ),
    ),
    salt.map((nonce) =>
      send(
        'a longer time for another’s box',
        'box-refused',
        press('U0123BOB00', JSON.stringify({ what: 'extend', box }), nonce),
        'operators-api',
      ),
    ),
    fc
      .tuple(salt, ulid)
      .map(([nonce, id]) =>
        send(
          'a press on no box',
          'box-unknown',
          press('U0123ALICE', JSON.stringify({ what: 'close', box: id }), nonce),
          'operators-api',
        ),
      ),
    fc
      .tuple(salt, ulid)
      .map(([nonce, incident]) =>
        send(
          'an undo by who may not',
          'slack-refused',
          words('U0123BOB00', { what: 'undo', incident }, nonce),
          'operators-api',
        ),
      ),
    fc
      .tuple(salt, ulid)
      .map(([nonce, incident]) =>
        send(
          'an approval of nothing',
          'incident-unknown',
          words('U0123ALICE', { what: 'approve', incident, plan: '0'.repeat(32) }, nonce),
          'operators-api',
        ),
      ),
    fc
      .tuple(salt, evil)
      .map(([nonce, response]) =>
        send(
          'a switch that is none',
          'input-invalid',
          words('U0123ALICE', { what: 'disarm', response }, nonce),
          'operators-api',
        ),
      ),
  ]
}
