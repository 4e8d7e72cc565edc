import { randomUUID } from 'node:crypto'

/** What the schedule sends to a responder: time to sweep. */
export const tickOf = (
  { account, region }: { readonly account: string; readonly region: string },
  id: string = randomUUID(),
) => ({
  version: '0',
  id,
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account,
  time: new Date().toISOString(),
  region,
  resources: [],
  detail: {},
})
