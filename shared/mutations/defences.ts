import { StartLoggingCommand, type StartLoggingCommandInput } from '@aws-sdk/client-cloudtrail'
import {
  StartConfigurationRecorderCommand,
  type StartConfigurationRecorderCommandInput,
} from '@aws-sdk/client-config-service'
import { EnableRuleCommand, type EnableRuleCommandInput } from '@aws-sdk/client-eventbridge'
import { defences } from '#shared/aws/defences.ts'
import { mutation } from './table.ts'

const HERE = '${AWS::Region}:${AWS::AccountId}'

export const defenceMutations = {
  'cloudtrail:StartLogging': mutation({
    does: 'Switches the logging of a trail on again, where a person approves it.',
    send: (input: StartLoggingCommandInput) => defences().trail.send(new StartLoggingCommand(input)),
    // A trail for all regions is started in its home region alone.
    resources: [`arn:\${AWS::Partition}:cloudtrail:${HERE}:trail/*`],
    alreadySo: ['TrailNotFoundException'],
  }),
  'config:StartConfigurationRecorder': mutation({
    does: "Switches AWS Config's recorder on again, where a person approves it.",
    send: (input: StartConfigurationRecorderCommandInput) =>
      defences().config.send(new StartConfigurationRecorderCommand(input)),
    resources: ['*'],
    alreadySo: ['NoSuchConfigurationRecorderException'],
  }),
  'events:EnableRule': mutation({
    does: 'Switches a rule of this stack on again, where a person approves it.',
    send: (input: EnableRuleCommandInput) => defences().events.send(new EnableRuleCommand(input)),
    resources: [`arn:\${AWS::Partition}:events:${HERE}:rule/portcullis-\${Stage}-*`],
    alreadySo: ['ResourceNotFoundException'],
  }),
}
