import { field, list } from '#shared/kit/loose.ts'
import type { Workspace } from '#shared/operators/pressed.ts'
import { respondLate, type WebApi } from './web-api.ts'

/** The workspace, as what people pressed needs it. */
export const workspaceOf = (web: WebApi): Workspace => ({
  members: async (usergroup) =>
    list(field(await web.call('usergroups.users.list', { usergroup }), 'users')).map(String),
  respond: (to, text) => respondLate(to, { text, response_type: 'ephemeral', replace_original: false }),
})
