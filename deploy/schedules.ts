import type { Parameters } from './resources.ts'

/** What ends jump boxes on time: a group for the one-time schedules, and the role by which they call the function. */
export const schedules = ({
  stage,
  rolePath,
  permissionsBoundary,
  kmsKey,
}: Pick<Parameters, 'stage' | 'rolePath' | 'permissionsBoundary' | 'kmsKey'>): Record<string, object> => ({
  Schedules: {
    Type: 'AWS::Scheduler::ScheduleGroup',
    Properties: { Name: `portcullis-${stage}` },
  },
  ScheduleRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      Description: 'By which the schedules of Portcullis have jump boxes ended.',
      Path: rolePath,
      ...(permissionsBoundary ? { PermissionsBoundary: permissionsBoundary } : {}),
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Action: 'sts:AssumeRole',
            // Another group's schedule gets nothing of it, nor another account's:
            // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': {
                  'Fn::Sub': `arn:\${AWS::Partition}:scheduler:\${AWS::Region}:\${AWS::AccountId}:schedule-group/portcullis-${stage}`,
                },
              },
            },
          },
        ],
      },
      Policies: [
        {
          PolicyName: 'end-boxes',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'EndBoxes',
                Effect: 'Allow',
                Action: ['lambda:InvokeFunction'],
                Resource: [
                  {
                    'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:portcullis-${stage}-keep-jump-boxes`,
                  },
                ],
              },
              {
                Sid: 'DeadLetters',
                Effect: 'Allow',
                Action: ['sqs:SendMessage'],
                Resource: [{ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }],
              },
              // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
              ...(kmsKey
                ? [{ Sid: 'Key', Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: [kmsKey] }]
                : []),
            ],
          },
        },
      ],
    },
  },
})
