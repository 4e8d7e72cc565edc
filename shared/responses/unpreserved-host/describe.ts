import type { Description } from '#shared/describe.ts'
import type { EvidenceGap, UnpreservedHost } from '#shared/finding.ts'
import type { Gap } from './world.ts'

export const describeUnpreservedHost = {} as Description<UnpreservedHost>
export const describeEvidenceGap = {} as Description<EvidenceGap>
export const gapText = (gap: Gap): string => gap.what
