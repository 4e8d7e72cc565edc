import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda'
import { patient } from '#shared/aws/client-options.ts'
import { mutation } from './table.ts'

let client: LambdaClient | undefined
/** API Gateway waits for 30 s, the function that asks has 29: there has to be time left to say that it goes on. */
const WAITS = { connectionTimeout: 2_000, requestTimeout: 26_000, throwOnRequestTimeout: true }

export const lambdaMutations = {
  'lambda:InvokeFunction': mutation({
    does: 'Runs a responder, or an undo, that a person asked for here or in Slack; the doctor has each try its powers.',
    send: (input: InvokeCommandInput) => {
      // Never made twice: what it runs may change something.
      client ??= new LambdaClient({ ...patient(), maxAttempts: 1, requestHandler: WAITS })
      return client.send(new InvokeCommand(input))
    },
    // `${Stage}` is this deployment's own. A role has those of its functions that it runs, and no others: `rights.ts`.
    resources: [
      'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:portcullis-${Stage}-${Invoked}',
    ],
    alreadySo: [],
  }),
}
