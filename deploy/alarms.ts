/** What must never go unheard, as CloudWatch alarms that tell the topic of the notices. */
export const alarms = (stage: string): Record<string, object> => ({
  DeadLettersAlarm: alarm('Events that failed for good are waiting in the dead-letter queue.', {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['DeadLetters', 'QueueName'] } }],
    Statistic: 'Maximum',
  }),
  LostLettersAlarm: lostLetters(`portcullis-${stage}-close-open-ingress`),
  LostHostLettersAlarm: lostLetters(`portcullis-${stage}-quarantine-instance`),
  LostDefenceLettersAlarm: lostLetters(`portcullis-${stage}-watch-defences`),
  LostEvidenceLettersAlarm: lostLetters(`portcullis-${stage}-preserve-host`),
  LostBoxLettersAlarm: lostLetters(`portcullis-${stage}-keep-jump-boxes`),
  LostPressesAlarm: lostLetters(`portcullis-${stage}-operators-api`),
  LostSlackLettersAlarm: lostLetters(`portcullis-${stage}-tell-slack`),
  UndoFailedAlarm: undoFailed('An undo failed: it may be half done.', `portcullis-${stage}-undo-open-ingress`),
  ReleaseFailedAlarm: undoFailed('A release failed: it may be half done.', `portcullis-${stage}-release-instance`),
  StepsFailedAlarm: alarm(
    'A change that should have closed a door, or put one back, failed.',
    ours(stage, 'StepsFailed'),
  ),
  MissedEventsAlarm: alarm(
    'The sweep, or AWS Config, found a door that no event had told of: is a trail logging management events here?',
    ours(stage, 'MissedEvents'),
  ),
  BreakerOpenAlarm: alarm(
    'The breaker is open: more subjects than it allows would have been acted on, and people are asked instead.',
    ours(stage, 'BreakerOpen'),
  ),
  // It looks twice a day. A day is the longest that an alarm may look back:
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  DoctorAlarm: alarm('The doctor found that Portcullis may be deaf, or did not look for a day.', {
    ...ours(stage, 'DoctorFindings'),
    Statistic: 'Maximum',
    Period: 86_400,
    TreatMissingData: 'breaching',
  }),
  SweepAlarm: sweepAlarm(stage, 'No sweep of the security groups has come to its end for an hour.', 'SweepsCompleted'),
  HostSweepAlarm: sweepAlarm(
    stage,
    'Nobody has looked for an hour whether hosts in quarantine still are.',
    'HostSweepsCompleted',
  ),
  DefenceSweepAlarm: sweepAlarm(
    stage,
    'Nobody has looked for an hour whether trails, recorder and rules are on.',
    'DefenceSweepsCompleted',
  ),
  BoxSweepAlarm: sweepAlarm(
    stage,
    'Nobody has looked for an hour whether jump boxes have outlived their time.',
    'BoxSweepsCompleted',
  ),
  EvidenceSweepAlarm: sweepAlarm(
    stage,
    'Nobody has looked for an hour whether the evidence of suspicious hosts is kept.',
    'EvidenceSweepsCompleted',
  ),
})

const undoFailed = (description: string, name: string) =>
  alarm(description, {
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: name }],
  })

const lostLetters = (name: string) =>
  alarm('An event failed for good and could not even be put into the dead-letter queue.', {
    Namespace: 'AWS/Lambda',
    MetricName: 'DestinationDeliveryFailures',
    Dimensions: [{ Name: 'FunctionName', Value: name }],
  })

const sweepAlarm = (stage: string, description: string, name: string) =>
  alarm(description, {
    ...ours(stage, name),
    Period: 3_600,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
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
