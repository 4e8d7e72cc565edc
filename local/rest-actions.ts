import { s3Action } from '#local/s3-actions.ts'

type Row = readonly [method: string, path: RegExp, action: string]

/** REST services name no action on the wire. These rows name the ones that matter here; the rest stay `GET /path`. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  lambda: [
    ['POST', /^\/2015-03-31\/functions\/[^/]+\/invocations$/, 'Invoke'],
    ['GET', /^\/2015-03-31\/functions\/[^/]+\/configuration$/, 'GetFunctionConfiguration'],
    ['PUT', /^\/2015-03-31\/functions\/[^/]+\/configuration$/, 'UpdateFunctionConfiguration'],
    ['GET', /^\/2015-03-31\/functions\/[^/]+$/, 'GetFunction'],
    ['DELETE', /^\/2015-03-31\/functions\/[^/]+$/, 'DeleteFunction'],
    ['GET', /^\/2015-03-31\/functions\/?$/, 'ListFunctions'],
    ['POST', /^\/2015-03-31\/functions$/, 'CreateFunction'],
  ],
  scheduler: [
    ['GET', /^\/schedules\/[^/]+$/, 'GetSchedule'],
    ['POST', /^\/schedules\/[^/]+$/, 'CreateSchedule'],
    ['PUT', /^\/schedules\/[^/]+$/, 'UpdateSchedule'],
    ['DELETE', /^\/schedules\/[^/]+$/, 'DeleteSchedule'],
    ['GET', /^\/schedules\/?$/, 'ListSchedules'],
    ['GET', /^\/schedule-groups\/[^/]+$/, 'GetScheduleGroup'],
    ['POST', /^\/schedule-groups\/[^/]+$/, 'CreateScheduleGroup'],
    ['DELETE', /^\/schedule-groups\/[^/]+$/, 'DeleteScheduleGroup'],
    ['GET', /^\/schedule-groups\/?$/, 'ListScheduleGroups'],
  ],
  route53: [
    ['POST', /^\/2013-04-01\/hostedzone\/[^/]+\/rrset\/?$/, 'ChangeResourceRecordSets'],
    ['GET', /^\/2013-04-01\/hostedzone\/[^/]+\/rrset$/, 'ListResourceRecordSets'],
    ['GET', /^\/2013-04-01\/hostedzone\/[^/]+$/, 'GetHostedZone'],
    ['DELETE', /^\/2013-04-01\/hostedzone\/[^/]+$/, 'DeleteHostedZone'],
    ['POST', /^\/2013-04-01\/hostedzone$/, 'CreateHostedZone'],
    ['GET', /^\/2013-04-01\/hostedzone$/, 'ListHostedZones'],
    ['GET', /^\/2013-04-01\/hostedzonesbyname$/, 'ListHostedZonesByName'],
    ['GET', /^\/2013-04-01\/change\/[^/]+$/, 'GetChange'],
  ],
  guardduty: [
    ['POST', /^\/detector\/?$/, 'CreateDetector'],
    ['GET', /^\/detector\/?$/, 'ListDetectors'],
    ['GET', /^\/detector\/[^/]+$/, 'GetDetector'],
    ['POST', /^\/detector\/[^/]+$/, 'UpdateDetector'],
    ['DELETE', /^\/detector\/[^/]+$/, 'DeleteDetector'],
    ['POST', /^\/detector\/[^/]+\/findings\/get$/, 'GetFindings'],
    ['POST', /^\/detector\/[^/]+\/findings\/archive$/, 'ArchiveFindings'],
    ['POST', /^\/detector\/[^/]+\/findings\/unarchive$/, 'UnarchiveFindings'],
    ['POST', /^\/detector\/[^/]+\/findings$/, 'ListFindings'],
  ],
}

/** The action's name as its API spells it, or method and path where no row knows it. */
export function actionOfRest(service: string, method: string, path: string, query: URLSearchParams): string {
  const rpc = /\/operation\/(\w+)$/.exec(path)?.[1]
  if (rpc) return rpc
  const named =
    service === 's3'
      ? s3Action(method, path, query)
      : ROWS[service]?.find(([verb, form]) => verb === method && form.test(path))?.[2]
  return named ?? `${method} ${path}`
}

/** The path of a URL without its query. */
export function pathOf({ url }: { readonly url: string }): string {
  const at = url.indexOf('?')
  return at < 0 ? url : url.slice(0, at)
}
