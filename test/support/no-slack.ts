import type { Workspace } from '#shared/operators/pressed.ts'

/** A deployment without Slack: nobody is asked, and nobody is answered. */
export const NO_SLACK: Workspace = {
  members: async () => [],
  respond: async () => {
    throw new Error('there is no Slack here')
  },
}
