import * as z from 'zod'
import { name, need, ownNames } from './values.ts'

/** Who people are: by their ids in Slack, and by the principals that IAM vouches for. */

const SLACK = 'the id of a Slack user, such as U0123456789'
const ARN =
  'the ARN of a user, a role or a session of a role, such as arn:aws:sts::123456789012:assumed-role/admin/alice (a * stands for any text)'

const OnePerson = z.strictObject(
  {
    name,
    slack: z
      .string(need(SLACK))
      .regex(/^[UW][A-Z0-9]{4,20}$/, `expected ${SLACK}`)
      .optional(),
    principals: z
      .array(
        z
          .string(need(ARN))
          .regex(
            /^arn:[a-z-]+:(iam::(\d{12}|\*):(user|role)|sts::(\d{12}|\*):assumed-role)\/[\w+=,.@/*-]+$/,
            `expected ${ARN}`,
          ),
        need(`a list, each of it ${ARN}`),
      )
      .default([])
      .describe(
        "Who they are to IAM. A session's name counts only where the role's trust policy, or IAM Identity Center, sets it",
      ),
    may: z
      .array(z.enum(['approve', 'operate'], need('approve or operate')), need('a list of approve, operate'))
      .default([])
      .describe(
        'What they may press in Slack. approve: answer what is asked. operate: undo, release, disarm and arm, close boxes of others',
      ),
  },
  need('a mapping with name, and slack or principals'),
)

const ownIds = (list: readonly { readonly slack?: string | undefined }[]) => {
  const ids = list.flatMap(({ slack }) => slack ?? [])
  return new Set(ids).size === ids.length
}

export const People = z
  .array(OnePerson, need('a list of people'))
  .default([])
  .refine(ownNames, 'expected each person to have their own name')
  .refine(ownIds, 'expected each Slack user to be one person')
  .describe('Who may ask and answer, beside what IAM allows: jump boxes, and buttons in Slack')

const WORKSPACE = 'the id of a Slack workspace, such as T0123456789'
const CHANNEL = 'the id of a Slack channel, such as C0123456789'

export const Slack = z
  .strictObject(
    {
      workspace: z
        .string(need(WORKSPACE))
        .regex(/^[TE][A-Z0-9]{4,20}$/, `expected ${WORKSPACE}`)
        .describe('Requests of other workspaces are refused'),
      channel: z
        .string(need(CHANNEL))
        .regex(/^[CG][A-Z0-9]{4,20}$/, `expected ${CHANNEL}`)
        .describe('Where notices go'),
    },
    need('a mapping with workspace and channel'),
  )
  .optional()
  .describe('The Slack app that carries notices and buttons; its secrets lie in SSM parameters')
