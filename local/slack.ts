import type { KnownBlock, MessageMetadata, View } from '@slack/types'
import type { SlackSettings, SlackState } from '#local/slack-state.ts'

export type * from '#local/slack-state.ts'

/** What somebody who is not Slack, or a bad line, does to a request. */
export interface Hostility {
  /** How often the same body comes again afterwards, as Slack's retries do. */
  readonly retry?: number
  /** The time of the signature, in seconds, or anything else in its place. */
  readonly at?: number | string
  /** Signed with this instead of the app's signing secret. */
  readonly secret?: string
  /** Changed after it was signed; a text replaces the body. */
  readonly tamper?: boolean | string
  /** Replaces headers; null drops one. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** Signed and sent instead of the form. */
  readonly body?: string
  /** Fills in, or presses, also what Slack's own client would not send. */
  readonly force?: boolean
}

/** A slash command. Without the rest, alice types it in the first channel. */
export interface Command extends Hostility {
  readonly url: string
  /** `/portcullis` without it. */
  readonly command?: string
  readonly text?: string
  readonly user?: string
  readonly channel?: string
  /** Replaces fields of the form: `{ team_id: … }`. */
  readonly fields?: Readonly<Record<string, string>>
}

/** What is filled in, by block_id and action_id: a text, an option's value, several, a date, an id. */
export type Values = Readonly<Record<string, Readonly<Record<string, string | number | readonly string[]>>>>

/** A button or a menu, in a message or in an open view. */
export interface Press extends Hostility {
  readonly url: string
  readonly user?: string
  /** `version` presses what an earlier version showed: 0 is the first. */
  readonly message?: { readonly channel: string; readonly ts: string; readonly version?: number }
  readonly view?: string
  readonly action_id: string
  readonly block_id?: string
  /** The chosen option's value; for a button, replaces its own. */
  readonly value?: string | readonly string[]
  readonly values?: Values
}

/** A form that is sent off. */
export interface Submit extends Hostility {
  readonly url: string
  readonly user?: string
  readonly view_id: string
  readonly values?: Values
}

/** A view that is closed; it must have `notify_on_close`. */
export interface Close extends Hostility {
  readonly url: string
  readonly user?: string
  readonly view_id: string
  readonly is_cleared?: boolean
}

/** What an app answered. */
export interface SlackAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly ms: number
  /** After 3 s: Slack has shown an error, and the answer does nothing. */
  readonly late: boolean
  readonly retries: readonly Omit<SlackAnswer, 'retries' | 'trigger_id' | 'response_url' | 'payload'>[]
  /** What was sent, to send it again. */
  readonly sent: { readonly headers: Readonly<Record<string, string>>; readonly body: string }
  readonly trigger_id: string | null
  readonly response_url: string | null
  /** The payload of everything but a command. */
  readonly payload?: Readonly<Record<string, unknown>>
}

/** What goes wrong with the next calls. */
export interface Mood {
  /** `chat.postMessage`, …, or `response_url`; any without it. */
  readonly method?: string
  readonly kind: '429' | '500' | 'slow' | 'drop' | 'error'
  /** Seconds, of a 429. */
  readonly retryAfter?: number
  /** Of `slow`. */
  readonly ms?: number
  /** Of `error`: `missing_scope`, … */
  readonly error?: string
  /** How many calls it hits; without it, every one. */
  readonly times?: number
  /** The call is carried out, and only its answer is lost. */
  readonly after?: boolean
}

/** A message for the Web API, as far as it is typed here. */
export interface Post {
  readonly channel: string
  readonly text?: string
  readonly blocks?: readonly KnownBlock[]
  readonly thread_ts?: string
  readonly reply_broadcast?: boolean
  readonly metadata?: MessageMetadata
}

/** An answer of the Web API. */
export type Said = Readonly<Record<string, unknown>> & { readonly ok: boolean; readonly error?: string }

/** The control of a fake Slack: what people do there, what Slack knows, and how it behaves. */
export interface Slack {
  command(wish: Command): Promise<SlackAnswer>
  press(wish: Press): Promise<SlackAnswer>
  submit(wish: Submit): Promise<SlackAnswer>
  close(wish: Close): Promise<SlackAnswer>
  /** The headers that prove a body to be Slack's. */
  sign(wish: {
    readonly body: string
    readonly at?: number | string
    readonly secret?: string
  }): Promise<Readonly<Record<'X-Slack-Request-Timestamp' | 'X-Slack-Signature', string>>>
  state(): Promise<SlackState>
  /** Adds a mood; the first that fits a call is met. They go with a reset. */
  mood(mood: Mood): Promise<void>
  /** Replaces the settings given, and leaves the others. */
  settings(change: Partial<SlackSettings>): Promise<SlackSettings>
  /** The tokens that are valid, by name, and those that once were. */
  tokens(valid: Readonly<Record<string, string>>, revoked?: readonly string[]): Promise<void>
  /** The app's signing secret. */
  secret(signingSecret: string): Promise<void>
  /** Moves the clock by which triggers (3 s) and response URLs (30 min) expire. */
  wait(seconds: number): Promise<void>
  /** Calls the Web API as an app does, by default with the first valid token. */
  api(method: string, args?: Post | { readonly view?: View } | object, token?: string | null): Promise<Said>
  /** Forgets everything, and has the default settings again. */
  reset(): Promise<void>
}

/** The control of the fake Slack at that URL. */
export function slackOf(slackUrl: string): Slack {
  async function ask<Answer>(method: 'GET' | 'POST', name: string, body?: object): Promise<Answer> {
    const response = await fetch(`${slackUrl}/_slack/${name}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Answer & { readonly message?: string }
    if (!response.ok) throw new Error(answer.message ?? `The fake Slack answered ${response.status} to '${name}'.`)
    return answer
  }
  const settings = (change: Partial<SlackSettings>) => ask<SlackSettings>('POST', 'settings', change)
  return {
    command: (wish) => ask('POST', 'command', wish),
    press: (wish) => ask('POST', 'press', wish),
    submit: (wish) => ask('POST', 'submit', wish),
    close: (wish) => ask('POST', 'closed', wish),
    sign: (wish) => ask('POST', 'sign', wish),
    state: () => ask('GET', 'state'),
    mood: async (mood) => {
      await ask('POST', 'mood', mood)
    },
    settings,
    tokens: async (tokens, revoked = []) => {
      await settings({ tokens, revoked })
    },
    secret: async (signingSecret) => {
      await settings({ signingSecret })
    },
    wait: async (seconds) => {
      await ask('POST', 'clock', { seconds })
    },
    api: async (method, args = {}, token = 'xoxb-local-bot') => {
      const response = await fetch(`${slackUrl}/api/${method}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(args),
      })
      return (await response.json()) as Said
    },
    reset: async () => {
      await ask('POST', 'reset')
    },
  }
}
