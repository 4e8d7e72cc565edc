import { entry, setting } from '#shared/entry.ts'
import { lambdaMutations } from '#shared/mutations/lambda.ts'
import { answerSlack } from '#shared/slack/answer.ts'
import { parameterName, parameterSecret } from '#shared/slack/secrets.ts'
import { webApi } from '#shared/slack/web-api.ts'

const secretOf = (name: Parameters<typeof parameterName>[1]) => parameterSecret(parameterName(setting('STAGE'), name))

/** What people type and press in Slack: forms are opened and requests kept, and the rest is handed on. */
export const handler = entry(
  { reads: {}, mutations: lambdaMutations },
  answerSlack({
    secret: secretOf('signing-secret'),
    web: webApi(secretOf('bot-token'), 1),
    publicUrl: setting('PUBLIC_URL'),
  }),
)
