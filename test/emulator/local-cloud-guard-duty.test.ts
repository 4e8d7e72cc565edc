import {
  ArchiveFindingsCommand,
  GetFindingsCommand,
  GuardDutyClient,
  ListDetectorsCommand,
  ListFindingsCommand,
} from '@aws-sdk/client-guardduty'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEYS } from '#local/principals.ts'
import { DETECTOR, hostFinding } from '../support/guard-duty.ts'
import { as, cloud, control, record, useLocalCloud } from './local-cloud-support.ts'

useLocalCloud()

let guardDuty: GuardDutyClient
beforeAll(() => {
  guardDuty = new GuardDutyClient(as(KEYS.alice))
})

const instance = 'i-0123456789abcdef0'
const idOf = ({ detail }: { readonly detail: unknown }) => (detail as { id: string }).id
const found = async (...FindingIds: string[]) =>
  (await guardDuty.send(new GetFindingsCommand({ DetectorId: DETECTOR, FindingIds }))).Findings!

describe('GuardDuty', () => {
  test('has no detector before it has found anything', async () => {
    expect((await guardDuty.send(new ListDetectorsCommand({}))).DetectorIds).toEqual([])
    await expect(found('0123')).rejects.toMatchObject({
      name: 'BadRequestException',
      message: 'The request is rejected because the input detectorId is not owned by the current account.',
      $metadata: { httpStatusCode: 400 },
    })
  })

  test('knows what it has sent, and nothing else', async () => {
    const event = hostFinding({ ...cloud, instance, severity: 8.5, launchTime: 1_735_689_600_000 })
    const sent = await control.emit(event)
    expect(sent).toMatchObject({ fate: 'delivered' })
    expect((await guardDuty.send(new ListDetectorsCommand({}))).DetectorIds).toEqual([DETECTOR])
    const [finding] = await found(idOf(event))
    expect(finding).toMatchObject({
      Id: idOf(event),
      Arn: `arn:aws:guardduty:eu-central-1:123456789012:detector/${DETECTOR}/finding/${idOf(event)}`,
      AccountId: '123456789012',
      Region: 'eu-central-1',
      Type: 'Backdoor:EC2/C&CActivity.B!DNS',
      Severity: 8.5,
      Resource: {
        ResourceType: 'Instance',
        InstanceDetails: { InstanceId: instance, LaunchTime: '2025-01-01T00:00:00.000Z' },
      },
      Service: { DetectorId: DETECTOR, Archived: false, Count: 1, AdditionalInfo: { Value: '{}' } },
    })
    const forged = hostFinding({ ...cloud, instance })
    expect(await control.forge(forged)).toMatchObject({ fate: 'delivered' })
    expect(await found(idOf(forged))).toEqual([])
    expect(await found(idOf(event), idOf(forged))).toHaveLength(1)
    const { FindingIds } = await guardDuty.send(new ListFindingsCommand({ DetectorId: DETECTOR }))
    expect(FindingIds).toEqual([idOf(event)])
  })

  test('takes a second event of the same finding as news of it', async () => {
    const event = hostFinding({ ...cloud, instance, severity: 5 })
    await control.emit(event)
    await control.emit(hostFinding({ ...cloud, instance, severity: 8, id: idOf(event) }))
    expect(await found(idOf(event))).toMatchObject([{ Severity: 8 }])
  })

  test('archives and forgets where it is told to, and over a reset it does not', async () => {
    const [one, other] = [hostFinding({ ...cloud, instance }), hostFinding({ ...cloud, instance })]
    await control.emit(one)
    await control.emit(other)
    await control.archiveFinding(idOf(one))
    await control.reset()
    expect(await found(idOf(one), idOf(other))).toMatchObject([
      { Service: { Archived: true } },
      { Service: { Archived: false } },
    ])
    const archive = { DetectorId: DETECTOR, FindingIds: [idOf(other)] }
    await guardDuty.send(new ArchiveFindingsCommand(archive))
    expect(await found(idOf(other))).toMatchObject([{ Service: { Archived: true } }])
    expect(await record('ArchiveFindings')).toMatchObject({
      eventSource: 'guardduty.amazonaws.com',
      requestParameters: { detectorId: DETECTOR, findingIds: [idOf(other)] },
      responseElements: null,
    })
    await control.forgetFinding(idOf(one))
    expect(await found(idOf(one))).toEqual([])
    await expect(control.forgetFinding('none')).rejects.toThrow(/^Expected the id of a finding that was sent/)
  })
})
