import type { Description } from '#shared/describe.ts'
import type { ImpairedDefences } from '#shared/finding.ts'

/** What makes us deaf or blind, in words. */
export const describeImpairedDefences: Description<ImpairedDefences> = {
  summary: (_subject, findings) => findings.map(({ impairment }) => impairment.says).join('; '),
  cured: ({ finding, decision }, done) => [
    `${done ? 'Switched on again' : 'To be switched on again'}, by ${decision.because.clause}:`,
    `  ${finding.impairment.says}`,
  ],
  putBack: 'What was switched on again stays on: nobody is helped by switching it off.',
  left: ({ finding, decision }) => [
    `Left so, by ${decision.because.clause}: ${finding.impairment.says}`,
    `  ${finding.impairment.fix}`,
  ],
  facts: ({ impairment }) => ({ impairment }),
  gist: ({ impairment }) => [impairment.kind, impairment.name, impairment.says],
}
