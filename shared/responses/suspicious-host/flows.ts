import type { Outside } from '#shared/response.ts'
import { type Flow, HOST_TAG, type Host } from './world.ts'

/** How far back the newest records are read: they come some minutes late. */
const BACK = 3_600_000
const MOST = 50

/**
 * What flow logs saw pass at the host's interfaces within the last hour, where they go to CloudWatch Logs. Without such
 * logs, undefined: then nothing is known. Records of other formats than the default one are passed over.
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
 */
export async function flowsOf(
  { interfaces, tags }: Host,
  { reads, now }: Outside,
): Promise<readonly Flow[] | undefined> {
  // Only what is in quarantine may not have traffic; and whoever is not given the logs does not ask for them.
  if (!('logs:FilterLogEvents' in reads) || !(HOST_TAG in tags)) return undefined
  const places = [...new Set(interfaces.flatMap((one) => [one.id, one.subnet, one.vpc]))]
  const { FlowLogs = [] } = await reads['ec2:DescribeFlowLogs']({ Filter: [{ Name: 'resource-id', Values: places }] })
  const groups = new Set(FlowLogs.flatMap((one) => (one.LogDestinationType === 's3' ? [] : (one.LogGroupName ?? []))))
  if (groups.size === 0) return undefined
  const found = await Promise.all(
    [...groups].flatMap((logGroupName) =>
      interfaces.map(async ({ id }) => {
        const { events = [] } = await reads['logs:FilterLogEvents']({
          logGroupName,
          filterPattern: `"${id}" ACCEPT`,
          startTime: now() - BACK,
          limit: MOST,
        })
        return events.flatMap(({ message = '' }) => flowIn(message, id))
      }),
    ),
  )
  return found.flat().sort((a, b) => b.at - a.at)
}

/** `version account eni from to fromport toport protocol packets bytes start end action status` */
function flowIn(message: string, id: string): Flow[] {
  const [, , on, from, to, , port, protocol, , , start, , action] = message.trim().split(/\s+/)
  const at = 1_000 * Number(start)
  if (on !== id || action !== 'ACCEPT' || !Number.isFinite(at)) return []
  return [{ at, interface: id, line: `${from} to ${to} port ${port} protocol ${protocol}` }]
}
