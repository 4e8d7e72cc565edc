import { entry, setting } from '#shared/entry.ts'
import { parameterName, parameterSecret } from '#shared/slack/secrets.ts'
import { tellSlack } from '#shared/slack/tell.ts'
import { webApi } from '#shared/slack/web-api.ts'

/** A notice of the topic: carries it into Slack. */
export const handler = entry(
  { reads: {}, mutations: {} },
  tellSlack(webApi(parameterSecret(parameterName(setting('STAGE'), 'bot-token')))),
)
