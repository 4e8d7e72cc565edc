import { randomUUID } from 'node:crypto'
import { type Answer, errorAnswer, pretendAnswer } from '#local/answer.ts'
import type { Call } from '#local/call.ts'
import type { BusEvent } from '#local/event-bus.ts'
import { pathOf } from '#local/rest-actions.ts'

type Fields = Readonly<Record<string, unknown>>

/** GuardDuty as far as a responder asks it: the findings that went over the bus, until they are archived or gone. */
export interface GuardDuty {
  /** Keeps the finding in an event of GuardDuty; a second one of the same id takes the place of the first. */
  hear(event: BusEvent): void
  /** Null for calls that are not about detectors' findings. */
  answer(call: Call): Answer | null
  archive(id: string): void
  forget(id: string): void
}

const NOT_OURS = 'The request is rejected because the input detectorId is not owned by the current account.'

/** A GuardDuty that has no detector and has found nothing. */
export function createGuardDuty(): GuardDuty {
  const findings = new Map<string, Fields>()
  const detectors = new Set<string>()

  function stored(id: string): Fields {
    const finding = findings.get(id)
    if (!finding) throw new Error(`Expected the id of a finding that was sent, got '${id}'.`)
    return finding
  }

  function archive(id: string, archived = true): void {
    const finding = stored(id)
    const service = { ...(finding.service as Fields), archived }
    findings.set(id, { ...finding, service, updatedAt: new Date().toISOString() })
  }

  function ofDetector(call: Call, detector: string): Answer {
    const asked = JSON.parse(call.body.toString('utf8') || '{}') as Fields
    const ids = (asked.findingIds ?? []) as readonly string[]
    const own = [...findings.values()].filter((one) => (one.service as Fields).detectorId === detector)
    switch (call.action) {
      case 'GetFindings':
        return pretendAnswer(call, { findings: own.filter((one) => ids.includes(one.id as string)) })
      case 'ListFindings':
        return pretendAnswer(call, { findingIds: own.map((one) => one.id), nextToken: '' })
      case 'GetDetector': {
        const role = 'AWSServiceRoleForAmazonGuardDuty'
        return pretendAnswer(call, {
          status: 'ENABLED',
          serviceRole: role,
          findingPublishingFrequency: 'FIFTEEN_MINUTES',
        })
      }
      case 'DeleteDetector':
        detectors.delete(detector)
        return pretendAnswer(call)
      default:
        for (const { id } of own) {
          if (ids.includes(id as string)) archive(id as string, call.action === 'ArchiveFindings')
        }
        return pretendAnswer(call)
    }
  }

  return {
    hear({ source, detail, 'detail-type': type }) {
      const finding = detail as Fields | null
      if (source !== 'aws.guardduty' || type !== 'GuardDuty Finding' || typeof finding?.id !== 'string') return
      const service = (finding.service ?? {}) as Fields
      if (typeof service.detectorId === 'string') detectors.add(service.detectorId)
      findings.set(finding.id, asAnswered({ ...finding, service: { archived: false, ...service } }))
    },
    answer(call) {
      if (call.service !== 'guardduty') return null
      if (call.action === 'ListDetectors') return pretendAnswer(call, { detectorIds: [...detectors] })
      if (call.action === 'CreateDetector') {
        const detectorId = randomUUID().replaceAll('-', '')
        detectors.add(detectorId)
        return pretendAnswer(call, { detectorId })
      }
      if (!/^((Get|List|Archive|Unarchive)Findings|(Get|Delete)Detector)$/.test(call.action)) return null
      const detector = decodeURIComponent(pathOf(call).split('/')[2] ?? '')
      if (detectors.has(detector)) return ofDetector(call, detector)
      return errorAnswer(call, 400, 'BadRequestException', NOT_OURS, { __type: 'InvalidInputException' })
    },
    archive: (id) => archive(id),
    forget(id) {
      stored(id)
      findings.delete(id)
    },
  }
}

/** An event may have the launch as a number; the API has text. */
function asAnswered(finding: Fields): Fields {
  const resource = finding.resource as Fields | undefined
  const instance = resource?.instanceDetails as Fields | undefined
  if (typeof instance?.launchTime !== 'number') return finding
  const launchTime = new Date(instance.launchTime).toISOString()
  return { ...finding, resource: { ...resource, instanceDetails: { ...instance, launchTime } } }
}
