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
  ],
  s3: [
    ['GET', /^\/[^/]+\/.+$/, 'GetObject'],
    ['HEAD', /^\/[^/]+\/.+$/, 'HeadObject'],
    ['PUT', /^\/[^/]+\/.+$/, 'PutObject'],
    ['DELETE', /^\/[^/]+\/.+$/, 'DeleteObject'],
    ['GET', /^\/[^/]+\/?$/, 'ListObjectsV2'],
    ['PUT', /^\/[^/]+\/?$/, 'CreateBucket'],
    ['GET', /^\/$/, 'ListBuckets'],
  ],
}

/** The action's name as IAM spells it, or method and path where no row knows it. */
export function actionOfRest(service: string, method: string, path: string): string {
  const rpc = /\/operation\/(\w+)$/.exec(path)?.[1]
  if (rpc) return rpc
  return ROWS[service]?.find(([verb, form]) => verb === method && form.test(path))?.[2] ?? `${method} ${path}`
}
