/** Who may ask what of the operators' API: four policies to attach to people's roles. */

const asks = (name: string, description: string, routes: readonly string[]) => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: {
    ManagedPolicyName: { 'Fn::Sub': `${name}-\${AWS::Region}` },
    Description: description,
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Ask',
          Effect: 'Allow',
          Action: ['execute-api:Invoke'],
          Resource: routes.map((route) => ({
            'Fn::Sub': `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${HttpApi}/$default/${route}`,
          })),
        },
        {
          Sid: 'FindTheApi',
          Effect: 'Allow',
          Action: ['cloudformation:DescribeStacks'],
          Resource: [{ Ref: 'AWS::StackId' }],
        },
      ],
    },
  },
})

const READ = ['GET/*']

export const operatorPolicies = (stage: string): Record<string, object> => ({
  ReaderPolicy: asks(`portcullis-${stage}-reader`, 'Reads the incidents and findings of Portcullis.', READ),
  OperatorPolicy: asks(
    `portcullis-${stage}-operator`,
    'Reads, undoes, releases, has hosts looked at, disarms and arms Portcullis.',
    [
      ...READ,
      'POST/incidents/*/undo',
      'POST/incidents/*/release',
      'POST/hosts/*',
      'POST/jumps/*/end',
      'POST/disarm',
      'POST/arm',
    ],
  ),
  RequesterPolicy: asks(
    `portcullis-${stage}-requester`,
    'Asks Portcullis for jump boxes, and looks at, extends and closes its own.',
    ['POST/jumps', 'GET/jumps/*', 'POST/jumps/*/extend', 'POST/jumps/*/close'],
  ),
  ApproverPolicy: asks(`portcullis-${stage}-approver`, 'Reads, and answers what Portcullis asks.', [
    ...READ,
    'POST/incidents/*/approve',
    'POST/incidents/*/decline',
  ]),
})
