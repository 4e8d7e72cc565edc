import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
  StopConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service'
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Check } from '#shared/doctor/check.ts'
import { consoleSignIn, rootCall } from '../support/aws-events.ts'
import { account, calm, closed, control, newGroup, open, options, region, sweep, until } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'
import { mailbox } from '../support/mail.ts'
import { portcullis } from '../support/portcullis.ts'

const trails = new CloudTrailClient(options)
const config = new ConfigServiceClient(options)
const bus = new EventBridgeClient(options)
const WATCHER = `portcullis-${STAGE}-watch-defences`

beforeAll(async () => {
  await trails.send(new CreateTrailCommand({ Name: 'all', S3BucketName: 'logs', IsMultiRegionTrail: true }))
  await trails.send(new StartLoggingCommand({ Name: 'all' }))
  const role = `arn:aws:iam::${account}:role/config`
  const recorder = {
    name: 'default',
    roleARN: role,
    recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
  }
  await config.send(new PutConfigurationRecorderCommand({ ConfigurationRecorder: recorder }))
  await config.send(new PutDeliveryChannelCommand({ DeliveryChannel: { name: 'default', s3BucketName: 'logs' } }))
  await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }))
})
afterEach(calm)

const doctor = async (): Promise<readonly Check[]> =>
  (JSON.parse((await portcullis('doctor', '--json')).out) as { checks: Check[] }).checks
const checkOf = async (name: string) => (await doctor()).find((check) => check.name === name)

describe('the doctor', () => {
  test('finds nothing bad where all is well, and says what it looked at', async () => {
    await closed(await openDoor())
    await sweep()
    for (const name of ['watch-defences', 'quarantine-instance', 'preserve-host', 'keep-jump-boxes'])
      await sweep(`portcullis-${STAGE}-${name}`)
    const { out } = await portcullis('doctor')
    for (const name of ['trail', 'config-recorder', 'event-rules', 'last-event', 'last-sweep', 'policy', 'subscribers'])
      expect(out).toMatch(new RegExp(`^ok +${name} `, 'm'))
    for (const name of ['close-open-ingress', 'undo-open-ingress'])
      expect(out).toMatch(new RegExp(`^ok +powers of ${name} `, 'm'))
    // Other tests leave dead letters behind; nothing else is bad.
    expect(out).not.toMatch(/^BAD +(?! |dead-letters)/m)
  })

  test('finds what IAM, or a policy above it, forbids', async () => {
    await control.deny('RevokeSecurityGroupIngress')
    const wrong = (await doctor()).filter(({ name }) => name.startsWith('powers of'))
    expect(wrong).toContainEqual(
      expect.objectContaining({ name: 'powers of close-open-ingress: ec2:RevokeSecurityGroupIngress', state: 'bad' }),
    )
  })

  test('finds a trail that is switched off, and a rule that is disabled', async () => {
    await trails.send(new StopLoggingCommand({ Name: 'all' }))
    expect(await checkOf('trail')).toMatchObject({ state: 'bad', says: expect.stringContaining('all is stopped') })
    await trails.send(new StartLoggingCommand({ Name: 'all' }))
    const rule = await ruleOf('close-open-ingress')
    await bus.send(new DisableRuleCommand({ Name: rule }))
    expect(await checkOf('event-rules')).toMatchObject({ state: 'bad', says: expect.stringContaining(rule) })
    await bus.send(new EnableRuleCommand({ Name: rule }))
    expect(await checkOf('event-rules')).toMatchObject({ state: 'ok' })
  })

  test('every day, people are told what is bad', async () => {
    const mail = await mailbox()
    await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }))
    await sweep(`portcullis-${STAGE}-doctor`)
    await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }))
    const told = await until(
      'the notice of the doctor',
      () => mail.read().then((all) => all.filter((one) => one.subject.startsWith('Portcullis may be deaf'))),
      (all) => all.length > 0,
    )
    expect(told[0]!.importance).toBe('critical')
    expect(told[0]!.facts.text).toContain('config-recorder')
  })
})

describe('what makes us deaf or blind', () => {
  test('a trail that is stopped is told at once, and that it logs again', async () => {
    const mail = await mailbox()
    await trails.send(new StopLoggingCommand({ Name: 'all' }))
    const verdicts = () =>
      mail.read().then((all) => all.filter((one) => one.facts.subject === 'trail').map((one) => one.facts.verdict))
    await until('the notice', verdicts, (all) => all.includes('open'))
    await trails.send(new StartLoggingCommand({ Name: 'all' }))
    await until('the end of it', verdicts, (all) => all.includes('contained'))
  })

  const stopped: [string, () => Promise<string>, () => Promise<boolean>][] = [
    [
      'a rule of ours',
      async () => {
        const rule = await ruleOf('close-open-ingress')
        await bus.send(new DisableRuleCommand({ Name: rule }))
        return `rule/${rule}`
      },
      async () => {
        const rule = await ruleOf('close-open-ingress')
        return (await bus.send(new DescribeRuleCommand({ Name: rule }))).State === 'ENABLED'
      },
    ],
    [
      'a trail',
      async () => {
        await trails.send(new StopLoggingCommand({ Name: 'all' }))
        return 'trail'
      },
      async () => (await trails.send(new GetTrailStatusCommand({ Name: 'all' }))).IsLogging === true,
    ],
    [
      "AWS Config's recorder",
      async () => {
        await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }))
        return 'recorder/default'
      },
      async () => {
        const { ConfigurationRecordersStatus } = await config.send(new DescribeConfigurationRecorderStatusCommand({}))
        return ConfigurationRecordersStatus?.[0]?.recording === true
      },
    ],
  ]
  test.each(stopped)(
    '%s that is switched off is asked about, and on again when a person approves',
    async (_, stop, isOn) => {
      // What other tests switched off and on again is over.
      await sweep(WATCHER)
      const mail = await mailbox()
      const subject = await stop()
      const [told] = await until(
        'the ask',
        () =>
          mail.read().then((all) => all.filter((one) => one.facts.subject === subject && one.facts.verdict === 'open')),
        (all) => all.length > 0,
      )
      expect(await isOn()).toBe(false)
      const { hash } = told!.facts.ask as { hash: string }
      const said = await portcullis('approve', told!.facts.incident!, '--plan', hash, '--reason', 'it was not us')
      expect(said).toMatchObject({ code: 0, error: '' })
      expect(await isOn()).toBe(true)
    },
  )

  test.each([
    ['a sign-in without MFA', consoleSignIn({ who: 'lena', account, region }), 'without MFA'],
    [
      'use of root',
      rootCall({ eventSource: 's3.amazonaws.com', eventName: 'DeleteBucket', account, region }),
      'root was used',
    ],
  ])('%s is told', async (_, event, words) => {
    const mail = await mailbox()
    await control.emit(event)
    await until(
      'the notice',
      () => mail.read().then((all) => all.filter((one) => one.subject.includes(words))),
      (all) => all.length > 0,
    )
  })
})

async function openDoor(): Promise<string> {
  const group = await newGroup()
  await open(group)
  return group
}

/** The first rule by which events come to a function. */
async function ruleOf(name: string): Promise<string> {
  const { Rules } = await bus.send(new ListRulesCommand({ NamePrefix: `portcullis-${STAGE}-${name}` }))
  return Rules!.map((one) => one.Name!).sort()[0]!
}
