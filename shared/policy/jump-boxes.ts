import * as z from 'zod'
import { count, DAY, duration, ids, name, need, ownNames, somePorts, words } from './values.ts'

/** Where people get a jump box, who, for how long, and what it is made of. */

const GROUP = 'a security group id such as sg-0123abcd'
const one = (pattern: RegExp, expected: string) => z.string(need(expected)).regex(pattern, `expected ${expected}`)
const people = (what: string) =>
  z.array(name, need(`a list of names under people`)).min(1, 'expected at least one name under people').describe(what)

const Approval = z
  .strictObject(
    {
      by: people('Who approves; never their own request').optional(),
      'slack-group': one(/^S[A-Z0-9]{4,20}$/, 'the id of a Slack user group, such as S0123456789')
        .optional()
        .describe('Or whoever is in this Slack user group, and under people'),
      within: duration('How long a request waits for it', 60, DAY, '1m to 1d').prefault('1h'),
    },
    need('a mapping with by or slack-group'),
  )
  .refine((approval) => approval.by || approval['slack-group'], 'expected by or slack-group: somebody has to approve')

const Zone = z
  .strictObject(
    {
      name,
      about: words('what can be reached from there, for whoever asks', 150),
      who: z
        .union(
          [z.literal('everybody'), people('Who may ask for one')],
          need('everybody, or a list of names under people'),
        )
        .describe('everybody: all who are under people'),
      vpc: one(/^vpc-[0-9a-f]+$/, 'a VPC id such as vpc-0123abcd'),
      subnet: one(/^subnet-[0-9a-f]+$/, 'a subnet id such as subnet-0123abcd'),
      address: z
        .enum(['public', 'private'], need('public or private'))
        .default('public')
        .describe('public: the box gets a public address. private: it is reached by a VPN or the like'),
      image: one(
        /^(\/[\w./-]{3,500}|ami-[0-9a-f]+)$/,
        'the name of an SSM parameter that holds an image, such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64, or an image id',
      ).default('/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64'),
      'root-device': one(/^\/dev\/[a-z0-9]+$/, 'a device such as /dev/xvda')
        .default('/dev/xvda')
        .describe("The image's root device: it is encrypted by its name"),
      size: one(/^[a-z0-9-]+\.[a-z0-9]+$/, 'an instance type such as t4g.nano').default('t4g.nano'),
      user: one(/^[a-z_][a-z0-9_-]{0,31}$/, 'the name of a user on the image, such as ec2-user').default('ec2-user'),
      port: count(1, 65_535, 'Where its SSH listens').default(22),
      usual: duration('For how long, unless the request says otherwise', 300, 7 * DAY, '5m to 7d').prefault('1h'),
      longest: duration('How long at most, extensions included', 300, 7 * DAY, '5m to 7d').prefault('4h'),
      egress: z
        .array(
          z.strictObject(
            { group: one(/^sg-[0-9a-f]+$/, GROUP), ports: somePorts },
            need('a mapping with group and ports'),
          ),
          need('a list of {group, ports}'),
        )
        .min(1, 'expected at least one {group, ports}: a box that reaches nothing helps nobody')
        .describe('All that the box reaches'),
      joins: ids(/^sg-[0-9a-f]+$/, GROUP).describe(
        'Groups without rules that the box is in too, so that targets which admit these admit it',
      ),
      profile: one(/^[\w+=,.@-]{1,128}$/, 'the name of an instance profile')
        .optional()
        .describe('The instance profile that it gets; without this, none'),
      tags: z.record(z.string().min(1), z.string(), need('a mapping of tags')).default({}).describe('Tags it gets too'),
      approval: Approval.optional().describe('Somebody else has to approve each request'),
      instead: z
        .array(
          z.enum(
            ['session-manager', 'instance-connect-endpoint'],
            need('session-manager or instance-connect-endpoint'),
          ),
          need('a list of session-manager, instance-connect-endpoint'),
        )
        .default([])
        .describe('What is better than a box where only a shell is wanted, and is there: whoever asks is told'),
      dns: z
        .strictObject(
          {
            zone: one(/^[A-Z0-9]{5,32}$/, 'the id of a hosted zone, such as Z0123456789ABCDEFGHIJ'),
            name: one(/^([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'a domain such as jump.example.com'),
          },
          need('a mapping with zone and name'),
        )
        .optional()
        .describe('Each box gets a name under this one, which goes with it'),
    },
    need('a zone: a mapping with name, about, who, vpc, subnet and egress'),
  )
  .refine(({ usual, longest }) => usual <= longest, 'expected usual to be no longer than longest')

export const JumpBoxes = z
  .strictObject(
    {
      zones: z
        .array(Zone, need('a list of zones'))
        .default([])
        .refine(ownNames, 'expected each zone to have its own name'),
      breaker: z
        .strictObject(
          { boxes: count(1, 1_000, 'How many are opened within an hour; beyond that people are asked').default(20) },
          need('a mapping with boxes'),
        )
        .prefault({}),
    },
    need('a mapping with zones'),
  )
  .prefault({})
  .describe('Where people get temporary jump boxes')
