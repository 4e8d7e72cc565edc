/**
 * One line in CloudWatch's embedded metric format: Lambda's log becomes the metric, without a call and without a right.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine(stage: string, name: string, value: number, now: number): string {
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: 'Portcullis',
          Dimensions: [['Stage']],
          Metrics: [{ Name: name, Unit: name === 'TimeToContain' ? 'Milliseconds' : 'Count' }],
        },
      ],
    },
    Stage: stage,
    [name]: value,
  })
}
