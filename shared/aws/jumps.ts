import {
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  Route53Client,
} from '@aws-sdk/client-route-53'
import {
  GetScheduleCommand,
  type GetScheduleCommandInput,
  ListSchedulesCommand,
  type ListSchedulesCommandInput,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { patient } from './client-options.ts'
import { once } from './once.ts'

export const scheduler = once(() => new SchedulerClient(patient()))
export const route53 = once(() => new Route53Client(patient()))

/** What can be asked about what ends jump boxes and what they are called. Nothing here changes anything. */
export const jumpReads = {
  'scheduler:GetSchedule': (input: GetScheduleCommandInput) => scheduler().send(new GetScheduleCommand(input)),
  'scheduler:ListSchedules': (input: ListSchedulesCommandInput) => scheduler().send(new ListSchedulesCommand(input)),
  'route53:ListResourceRecordSets': (input: ListResourceRecordSetsCommandInput) =>
    route53().send(new ListResourceRecordSetsCommand(input)),
}
