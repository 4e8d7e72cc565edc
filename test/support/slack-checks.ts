import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '#local/cloud.ts'

/** A request as Slack would have signed it, or as somebody else did. `body` in hex, `now` in seconds. */
export interface SignatureCase {
  readonly secret: string
  readonly now: number
  readonly body: string
  readonly timestamp: string
  readonly signature: string
}

/** What Slack's own SDK says: whether each request is signed, and what is wrong with each message's blocks and each view. */
export async function slackSays(asked: {
  readonly signatures?: readonly SignatureCase[]
  readonly messages?: readonly unknown[]
  readonly views?: readonly unknown[]
}): Promise<{ signatures: boolean[]; messages: string[][]; views: string[][] }> {
  const child = spawn(join(ROOT, '.venv/bin/python'), [join(ROOT, 'test/support/slack_checks.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(asked))
  let said = ''
  for await (const part of child.stdout) said += String(part)
  return JSON.parse(said) as { signatures: boolean[]; messages: string[][]; views: string[][] }
}
