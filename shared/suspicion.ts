import type { Person } from '#shared/story.ts'

/** Who says that a host is suspicious. Of a rogue `launch` the host itself tells: it is judged as it is read. */
export type Accuser = 'guardduty' | 'security-hub' | 'config-rule' | 'launch' | 'person'

/** One reason why a host is suspicious. It stands in the ledger until the host is released. */
export interface Suspicion {
  /** Names it: the detector's id of its finding, or of what a person asked. */
  readonly id: string
  readonly from: Accuser
  /** `CryptoCurrency:EC2/BitcoinTool.B!DNS`, the name of a Config rule or of a custom action. */
  readonly type: string
  /** 0 to 10, as GuardDuty counts; Security Hub's 0 to 100 is a tenth of it. */
  readonly severity: number
  /** In words. They may be an attacker's: quoted wherever they are shown. */
  readonly says: string
  /** When it was first seen, as ISO time: evidence is kept from then on. */
  readonly at: string
  /** Whoever holds `securityhub:BatchImportFindings` or `config:PutEvaluations` can write these. */
  readonly forgeable?: true
  /** Where GuardDuty can be asked again. */
  readonly detector?: string
  /** A made-up finding, to try things out: acted on nowhere but in a drill. */
  readonly sample?: true
  readonly by?: Person
}
