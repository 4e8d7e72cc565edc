/** What must never go unheard, as CloudWatch alarms that tell the topic of the notices. */
export const alarms = (stage: string): Record<string, object> => ({
  DeadLettersAlarm: alarm('Events that failed for good are waiting in the dead-letter queue.', {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['DeadLetters', 'QueueName'] } }],
    Statistic: 'Maximum',
  }),
  LostLettersAlarm: alarm('An event failed for good and could not even be put into the dead-letter queue.', {
    Namespace: 'AWS/Lambda',
    MetricName: 'DestinationDeliveryFailures',
    Dimensions: [{ Name: 'FunctionName', Value: `portcullis-${stage}-close-open-ingress` }],
  }),
  UndoFailedAlarm: alarm('An undo failed: it may be half done.', {
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: `portcullis-${stage}-undo-open-ingress` }],
  }),
  StepsFailedAlarm: alarm(
    'A change that should have closed a door, or put one back, failed.',
    ours(stage, 'StepsFailed'),
  ),
  MissedEventsAlarm: alarm(
    'The sweep found a door that no event had told of: is a trail logging management events here?',
    ours(stage, 'MissedEvents'),
  ),
  SweepAlarm: alarm('No sweep has come to its end for an hour.', {
    ...ours(stage, 'SweepsCompleted'),
    Period: 3_600,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  }),
})

const ours = (stage: string, name: string) => ({
  Namespace: 'Portcullis',
  MetricName: name,
  Dimensions: [{ Name: 'Stage', Value: stage }],
})

const alarm = (description: string, properties: object) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmDescription: description,
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [{ Ref: 'Notices' }],
    OKActions: [{ Ref: 'Notices' }],
    ...properties,
  },
})
