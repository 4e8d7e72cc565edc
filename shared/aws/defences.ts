import {
  CloudTrailClient,
  DescribeTrailsCommand,
  type DescribeTrailsCommandInput,
  GetEventSelectorsCommand,
  type GetEventSelectorsCommandInput,
  GetTrailStatusCommand,
  type GetTrailStatusCommandInput,
} from '@aws-sdk/client-cloudtrail'
import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  type DescribeConfigurationRecorderStatusCommandInput,
  DescribeConfigurationRecordersCommand,
  type DescribeConfigurationRecordersCommandInput,
} from '@aws-sdk/client-config-service'
import {
  DescribeRuleCommand,
  type DescribeRuleCommandInput,
  EventBridgeClient,
  ListRulesCommand,
  type ListRulesCommandInput,
} from '@aws-sdk/client-eventbridge'
import { patient } from './client-options.ts'

let clients: { trail: CloudTrailClient; config: ConfigServiceClient; events: EventBridgeClient } | undefined

/** The clients of what we see by: CloudTrail, Config and EventBridge. */
export const defences = () => {
  clients ??= {
    trail: new CloudTrailClient(patient()),
    config: new ConfigServiceClient(patient()),
    events: new EventBridgeClient(patient()),
  }
  return clients
}

/** What can be asked about what we see by. Nothing here changes anything. */
export const defenceReads = {
  'cloudtrail:DescribeTrails': (input: DescribeTrailsCommandInput) =>
    defences().trail.send(new DescribeTrailsCommand(input)),
  'cloudtrail:GetTrailStatus': (input: GetTrailStatusCommandInput) =>
    defences().trail.send(new GetTrailStatusCommand(input)),
  'cloudtrail:GetEventSelectors': (input: GetEventSelectorsCommandInput) =>
    defences().trail.send(new GetEventSelectorsCommand(input)),
  'config:DescribeConfigurationRecorderStatus': (input: DescribeConfigurationRecorderStatusCommandInput) =>
    defences().config.send(new DescribeConfigurationRecorderStatusCommand(input)),
  'config:DescribeConfigurationRecorders': (input: DescribeConfigurationRecordersCommandInput) =>
    defences().config.send(new DescribeConfigurationRecordersCommand(input)),
  'events:DescribeRule': (input: DescribeRuleCommandInput) => defences().events.send(new DescribeRuleCommand(input)),
  'events:ListRules': (input: ListRulesCommandInput) => defences().events.send(new ListRulesCommand(input)),
}
