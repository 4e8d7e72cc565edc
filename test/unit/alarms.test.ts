import { expect, test } from 'vitest'
import { alarms } from '#deploy/alarms.ts'
import { metricLine } from '#shared/kit/metrics.ts'

interface Alarm {
  readonly Properties: {
    readonly Namespace: string
    readonly MetricName: string
    readonly Dimensions: readonly { Name: string; Value: unknown }[]
  }
}

test('each alarm on a metric of ours watches what the functions write: namespace, name and dimension', () => {
  const ours = Object.values(alarms('prod'))
    .map((one) => (one as Alarm).Properties)
    .filter((one) => one.Namespace === 'Portcullis')
  expect(ours.map((one) => one.MetricName).sort()).toEqual([
    'BoxSweepsCompleted',
    'BreakerOpen',
    'DefenceSweepsCompleted',
    'DoctorFindings',
    'EvidenceSweepsCompleted',
    'HostSweepsCompleted',
    'MissedEvents',
    'StepsFailed',
    'SweepsCompleted',
  ])
  for (const { Namespace, MetricName, Dimensions } of ours) {
    const line = JSON.parse(metricLine('prod', MetricName, 3, 1_700_000_000_000)) as Record<string, unknown> & {
      _aws: unknown
    }
    expect(line._aws).toEqual({
      Timestamp: 1_700_000_000_000,
      CloudWatchMetrics: [
        { Namespace, Dimensions: [Dimensions.map((one) => one.Name)], Metrics: [{ Name: MetricName, Unit: 'Count' }] },
      ],
    })
    expect(line[MetricName]).toBe(3)
    for (const { Name, Value } of Dimensions) expect(line[Name]).toBe(Value)
  }
})
