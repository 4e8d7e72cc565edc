import type { Report } from '#shared/doctor/doctor.ts'
import { renderChecks } from '#shared/doctor/render.ts'
import { type Asked, ask } from './api.ts'

/** Has the doctor look at a deployment. Exit code 1 where something is bad. */
export async function doctor(options: Asked): Promise<number> {
  const report = await ask<Report>(options, 'GET', '/doctor')
  const { text, code } = renderChecks(report.checks)
  console.log(options.json ? JSON.stringify(report) : text)
  return code
}
