import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { options } from './cloud.ts'
import { STAGE } from './cloud-setup.ts'

/** A line that a function of ours has logged. */
export interface Line {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly run: string
  readonly why?: string
  readonly code?: string
  readonly user?: string
  readonly from?: string
  readonly request?: string
}

const logs = new CloudWatchLogsClient(options)

/** What a function has logged since that moment (milliseconds), metrics and the platform's own lines left out. */
export async function linesOf(name: string, since: number): Promise<readonly Line[]> {
  const asked = { logGroupName: `/aws/lambda/portcullis-${STAGE}-${name}`, startTime: since }
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ ...asked, filterPattern: '"level"' }))
  return events.flatMap(({ message = '' }) => {
    const json = message.slice(message.indexOf('{'))
    try {
      const line = JSON.parse(json) as Line
      return line.level && line.message ? [line] : []
    } catch {
      return []
    }
  })
}
