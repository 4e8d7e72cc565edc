import { randomUUID } from 'node:crypto'
import type { Answer } from '#local/answer.ts'
import type { Call } from '#local/call.ts'

/** The `userIdentity` block of a CloudTrail record. */
export type UserIdentity = Readonly<Record<string, unknown>> & { readonly type: string; readonly arn: string }

/** Access keys of the local cloud. Any other `AKIALOCAL<NAME>` is a user and any `ASIALOCAL<NAME>` a role's session. */
export const KEYS = {
  alice: 'AKIALOCALALICE000000',
  mallory: 'AKIALOCALMALLORY0000',
  deploy: 'ASIALOCALDEPLOY00000',
  root: 'AKIALOCALROOT0000000',
} as const

/** The secret of every access key here. Only an HTTP API looks at signatures. */
export const SECRET = 'local'

/**
 * Who made the call. All keys here are dummies, so people and roles are invented from the key's own letters, and
 * a function is known by its application id. That works only here: on AWS anyone can write any application id.
 */
export function userIdentityOf(call: Pick<Call, 'app' | 'accessKey'>, account: string, at: Date): UserIdentity {
  if (call.app) return roleSession(call.app, call.app, account, at, call.accessKey)
  const name = /^A[KS]IALOCAL([A-Z]+)\d*$/.exec(call.accessKey ?? '')?.[1]?.toLowerCase()
  const key = call.accessKey ? { accessKeyId: call.accessKey } : {}
  if (name === 'root') {
    return { type: 'Root', principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account, ...key }
  }
  if (name && call.accessKey?.startsWith('ASIA'))
    return roleSession(name, `${name}-session`, account, at, call.accessKey)
  const userName = name ?? 'local'
  return {
    type: 'IAMUser',
    principalId: idOf('AIDA', userName),
    arn: `arn:aws:iam::${account}:user/${userName}`,
    accountId: account,
    ...key,
    userName,
  }
}

/** An address of the documentation ranges, the same for the same caller; functions call from another range. */
export function addressOf(call: Pick<Call, 'app' | 'accessKey'>): string {
  const letters = [...(call.app ?? call.accessKey ?? '')]
  const last = (letters.reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 250) + 1
  return `${call.app ? '198.51.100' : '203.0.113'}.${last}`
}

/** `sts:GetCallerIdentity` by the same table; the emulator answers `root` to everyone. Null for any other call. */
export function whoAmI(call: Call, account: string): Answer | null {
  if (call.service !== 'sts' || call.action !== 'GetCallerIdentity') return null
  const { arn, principalId } = userIdentityOf(call, account, new Date())
  const result = `<Arn>${arn}</Arn><UserId>${principalId}</UserId><Account>${account}</Account>`
  const body = [
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">',
    `<GetCallerIdentityResult>${result}</GetCallerIdentityResult>`,
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`,
    '</GetCallerIdentityResponse>',
  ].join('')
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) }
}

function roleSession(role: string, session: string, account: string, at: Date, key: string | null): UserIdentity {
  const creationDate = `${at.toISOString().slice(0, 13)}:00:00Z`
  return {
    type: 'AssumedRole',
    principalId: `${idOf('AROA', role)}:${session}`,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
    accountId: account,
    ...(key ? { accessKeyId: key } : {}),
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: idOf('AROA', role),
        arn: `arn:aws:iam::${account}:role/${role}`,
        accountId: account,
        userName: role,
      },
      attributes: { creationDate, mfaAuthenticated: 'false' },
    },
  }
}

function idOf(prefix: string, name: string): string {
  const letters = name.toUpperCase().replace(/[^A-Z0-9]/g, '')
  return `${prefix}LOCAL${letters}`.padEnd(21, '0').slice(0, 21)
}
