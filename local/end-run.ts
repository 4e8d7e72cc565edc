import type { Call } from '#local/call.ts'

/**
 * Ends the function's process that made this call, as the end of a Lambda sandbox would: in the middle, without a word.
 * Which one it is, its session token says (see ministack_workers.py). A call of anything else ends nothing.
 */
export function endRun(call: Call, word: string): boolean {
  const [kind, pid, ...given] = String(call.headers['x-amz-security-token'] ?? '').split('-')
  if (!word || kind !== 'worker' || given.join('-') !== word) return false
  try {
    process.kill(Number(pid), 'SIGKILL')
    return true
  } catch {
    // It has ended by itself.
    return false
  }
}
