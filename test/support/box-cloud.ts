import type {
  CreateScheduleCommandInput,
  GetScheduleCommandInput,
  ListSchedulesCommandInput,
} from '@aws-sdk/client-scheduler'
import type { Outside } from '#shared/response.ts'
import { boxGroups } from './box-groups.ts'
import { boxInstances } from './box-instances.ts'

/** How the cloud behaves, and what time it is there. */
export interface Nature {
  now: number
  /** For so long (milliseconds) an instance shuts down. */
  terminateMs: number
  /** For so long what was launched does not show. */
  showMs: number
  /** For so long what has ended is told of. */
  forgetMs: number
  /** Whether the VPC has IPv6: then EC2 gives a new group two rules. */
  ipv6: boolean
  /** How many things a page of an answer holds. */
  page: number
}

/** An answer of AWS that is an error. */
export const aws = (name: string, message = name): Error => Object.assign(new Error(message), { name })

/** One page of what a read found, as each service of AWS cuts it. */
export function cut<T>(all: readonly T[], size: number, token: string | undefined) {
  const from = Number(token ?? 0)
  return { some: all.slice(from, from + size), ...(from + size < all.length ? { NextToken: String(from + size) } : {}) }
}

/** `portcullis-jump-prod-*` as EC2's filters mean it. */
export const fits = (pattern: string, text: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text

/** EC2, Scheduler and Route 53 in memory: exactly the calls that jump boxes are made of, refused where AWS refuses them. */
export function boxCloud(nature: Nature) {
  const groups = boxGroups(nature, (group) => instances.users(group))
  const instances = boxInstances(nature, (group) => groups.all.has(group))
  const schedules = new Map<string, CreateScheduleCommandInput>()
  const records = new Map<string, { TTL: number; values: string[] }>()
  const known = (input: { Name?: string | undefined }) => {
    if (!schedules.has(input.Name ?? '')) throw aws('ResourceNotFoundException')
  }

  const perform: Record<string, (input: never) => object> = {
    ...groups.perform,
    ...instances.perform,
    'scheduler:CreateSchedule': (input: CreateScheduleCommandInput) => {
      if (schedules.has(input.Name!)) throw aws('ConflictException')
      schedules.set(input.Name!, input)
      return {}
    },
    'scheduler:UpdateSchedule': (input: CreateScheduleCommandInput) => {
      known(input)
      schedules.set(input.Name!, input)
      return {}
    },
    'scheduler:DeleteSchedule': (input: { Name?: string }) => {
      known(input)
      schedules.delete(input.Name!)
      return {}
    },
    'route53:ChangeResourceRecordSets': (input: {
      HostedZoneId: string
      ChangeBatch: {
        Changes: {
          Action: string
          ResourceRecordSet: { Name: string; Type: string; TTL: number; ResourceRecords: { Value: string }[] }
        }[]
      }
    }) => {
      for (const { Action, ResourceRecordSet: set } of input.ChangeBatch.Changes) {
        const key = `${input.HostedZoneId} ${set.Name} ${set.Type}`
        const is = { TTL: set.TTL, values: set.ResourceRecords.map(({ Value }) => Value) }
        if (Action === 'UPSERT') records.set(key, is)
        else if (JSON.stringify(records.get(key)) === JSON.stringify(is)) records.delete(key)
        else throw aws('InvalidChangeBatch', 'Tried to delete a record set that is not there, or is another')
      }
      return {}
    },
  }

  const reads = {
    ...groups.reads,
    ...instances.reads,
    'scheduler:GetSchedule': async (input: GetScheduleCommandInput) => {
      known(input)
      return schedules.get(input.Name!)!
    },
    'scheduler:ListSchedules': async ({ NamePrefix = '', NextToken }: ListSchedulesCommandInput) => {
      const all = [...schedules.values()].filter(({ Name = '' }) => Name.startsWith(NamePrefix))
      const { some, ...next } = cut(all, nature.page, NextToken)
      return { Schedules: some, ...next }
    },
    'route53:ListResourceRecordSets': async (input: { HostedZoneId?: string; StartRecordName?: string }) => {
      const from = `${input.HostedZoneId} ${input.StartRecordName}`
      const all = [...records].filter(([key]) => key.startsWith(input.HostedZoneId ?? '') && key >= from).sort()
      return {
        ResourceRecordSets: all.slice(0, 2).map(([key, { TTL, values }]) => {
          const [, name, Type] = key.split(' ')
          return { Name: `${name}.`, Type, TTL, ResourceRecords: values.map((Value) => ({ Value })) }
        }),
      }
    },
  }
  return {
    groups: groups.all,
    instances: instances.all,
    launches: instances.launches,
    schedules,
    records,
    stateOf: instances.stateOf,
    perform: (call: string, input: object): object => {
      const does = perform[call]
      if (!does) throw new Error(`${call} is not known here`)
      return does(input as never)
    },
    reads: reads as unknown as Outside['reads'],
  }
}
