import type { Policy } from '#shared/policy/schema.ts'

const TELLER = { 'Fn::GetAtt': ['TellDashslackLambdaFunction', 'Arn'] }

/** Notices go to Slack where the policy names a workspace: without one the function is there, and nothing comes to it. */
export const slackByTopic = ({ slack }: Policy): Record<string, object> =>
  slack
    ? {
        NoticesBySlack: {
          Type: 'AWS::SNS::Subscription',
          Properties: { TopicArn: { Ref: 'Notices' }, Protocol: 'lambda', Endpoint: TELLER },
        },
        NoticesMayInvoke: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            Action: 'lambda:InvokeFunction',
            FunctionName: TELLER,
            Principal: 'sns.amazonaws.com',
            SourceArn: { Ref: 'Notices' },
          },
        },
      }
    : {}
