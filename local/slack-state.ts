import type { KnownBlock, MessageMetadata } from '@slack/types'

/** The workspace, and what its app is known by. */
export interface SlackSettings {
  readonly signingSecret: string
  /** By name: the log of calls has the name. */
  readonly tokens: Readonly<Record<string, string>>
  readonly revoked: readonly string[]
  readonly team: { readonly id: string; readonly domain: string; readonly name: string }
  readonly app: string
  readonly bot: { readonly user: string; readonly id: string; readonly name: string }
  readonly users: readonly SlackUser[]
  readonly channels: readonly SlackChannel[]
  /** The members' ids, by the group's id. */
  readonly usergroups: Readonly<Record<string, readonly string[]>>
}

/** A person. What is not given is made up: their real name, their profile. */
export interface SlackUser {
  readonly id: string
  readonly name: string
  readonly is_bot?: boolean
  readonly deleted?: boolean
  readonly profile?: Readonly<Record<string, string>>
}

/** A channel. The app is its member unless it says otherwise. */
export interface SlackChannel {
  readonly id: string
  readonly name: string
  readonly is_member?: boolean
  readonly is_archived?: boolean
}

/** One version of a message. `at` is in seconds. */
export interface SlackVersion {
  readonly at: number
  readonly text: string | null
  readonly blocks: readonly KnownBlock[]
  readonly metadata: MessageMetadata | null
}

/** A message as it is now, with all its versions. */
export interface SlackMessage extends SlackVersion {
  readonly channel: string
  readonly ts: string
  /** The method that posted it, or `response_url`, or `command`: the answer to one. */
  readonly via: string
  readonly deleted: boolean
  readonly thread_ts?: string
  readonly reply_broadcast?: boolean
  /** Of an ephemeral one: who alone sees it. */
  readonly user?: string
  /** The `ts` of each reply. */
  readonly replies: readonly string[]
  readonly versions: readonly SlackVersion[]
}

/** A view as Slack hands it out. */
export interface SlackShownView {
  readonly id: string
  readonly hash: string
  readonly type: string
  readonly callback_id: string
  readonly external_id: string
  readonly private_metadata: string
  readonly root_view_id: string
  readonly previous_view_id: string | null
  readonly title: { readonly type: string; readonly text: string }
  readonly blocks: readonly KnownBlock[]
  readonly notify_on_close: boolean
  readonly clear_on_close: boolean
}

/** A view that was opened, with all its versions. */
export interface SlackView {
  readonly id: string
  readonly user: string
  readonly root_view_id: string
  readonly previous_view_id: string | null
  readonly open: boolean
  /** By block_id, what the app said is wrong with the last submission. */
  readonly errors: Readonly<Record<string, string>> | null
  readonly versions: readonly SlackShownView[]
}

/** A call of the Web API. */
export interface SlackCall {
  readonly method: string
  /** The token's name; null for none that is valid. */
  readonly token: string | null
  readonly at: number
  readonly args: Readonly<Record<string, unknown>>
  /** 0 where the connection was dropped. */
  readonly status: number
  readonly answer: Readonly<Record<string, unknown>>
}

/** A POST to a response URL. */
export interface SlackResponse {
  readonly id: string
  readonly at: number
  readonly body: unknown
  readonly status: number
  readonly error: string | null
}

/** What Slack refuses, or silently ignores. */
export interface SlackViolation {
  readonly at: number
  /** The method, or `response_url`, `command`, `view_submission …`. */
  readonly where: string
  readonly messages: readonly string[]
  readonly given: unknown
}

/** All that a fake Slack remembers since the last reset. */
export interface SlackState {
  readonly settings: SlackSettings
  readonly views: readonly SlackView[]
  readonly messages: readonly SlackMessage[]
  readonly ephemerals: readonly SlackMessage[]
  readonly responses: readonly SlackResponse[]
  readonly calls: readonly SlackCall[]
  readonly violations: readonly SlackViolation[]
}
