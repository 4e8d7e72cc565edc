import type { Block, InputBlock, KnownBlock, View } from '@slack/types'
import type { BoxRequest, Standing } from '#shared/jump/box-request.ts'
import type { AskedTerms, Problems } from '#shared/jump/terms.ts'
import { field, text } from '#shared/kit/loose.ts'
import type { Zone } from '#shared/policy/schema.ts'
import { code, escaped, mrkdwn, plain } from './text.ts'

/** The form by which somebody asks for a jump box, and what it turns into. */

export const REQUEST = 'jump-request'

/** Slack's limit for what is typed into a field. */
const LONGEST = 3_000

const INSTEAD = {
  'session-manager': 'Session Manager (`aws ssm start-session`)',
  'instance-connect-endpoint': 'EC2 Instance Connect Endpoint (`aws ec2-instance-connect ssh`)',
} as const

/** What was typed behind `/jump`: a zone, if it begins with one, and a reason. */
export function typed(given: string, zones: readonly Zone[]): { readonly zone?: Zone; readonly reason: string } {
  const [first = '', ...rest] = given.trim().split(/\s+/)
  const zone = zones.find(({ name }) => name === first)
  return zone ? { zone, reason: rest.join(' ') } : { reason: given.trim() }
}

const input = (
  block_id: keyof AskedTerms,
  label: string,
  hint: string,
  element: InputBlock['element'],
  optional = false,
): InputBlock => ({
  type: 'input',
  block_id,
  label: plain(label),
  hint: plain(hint, 150),
  element,
  ...(optional ? { optional } : {}),
})

/** The form. @param key the public key that they gave last */
export function requestModal(
  zones: readonly Zone[],
  about: { readonly zone?: Zone | undefined; readonly reason?: string; readonly key?: string | null },
): View {
  const options = zones.map((zone) => ({ text: plain(zone.name), value: zone.name, description: plain(zone.about) }))
  const chosen =
    options.find(({ value }) => value === about.zone?.name) ?? (options.length === 1 ? options[0] : undefined)
  const offers = zones.filter(({ instead }) => instead.length > 0)
  return {
    type: 'modal',
    callback_id: REQUEST,
    title: plain('Jump box', 24),
    submit: plain('Next', 24),
    close: plain('Cancel', 24),
    blocks: [
      ...(offers.length > 0
        ? [
            {
              type: 'context' as const,
              elements: [
                mrkdwn(
                  `Only need a shell? Better than a box: ${offers.map(({ name, instead }) => `in ${name}, ${instead.map((one) => INSTEAD[one]).join(' or ')}`).join('; ')}.`,
                ),
              ],
            },
          ]
        : []),
      input('zone', 'Where', 'What can be reached from there stands beside each.', {
        type: 'static_select',
        action_id: 'zone',
        options,
        ...(chosen ? { initial_option: chosen } : {}),
      }),
      input('reason', 'Why', 'It is kept, and stands in the rule that lets you in.', {
        type: 'plain_text_input',
        action_id: 'reason',
        min_length: 3,
        max_length: 500,
        multiline: true,
        ...(about.reason ? { initial_value: about.reason.slice(0, 500).toWellFormed() } : {}),
      }),
      input(
        'duration',
        'For how long',
        'Such as 45m, 1h or 2h30m; empty for the usual time of the zone. It can be extended.',
        { type: 'plain_text_input', action_id: 'duration', max_length: 20 },
        true,
      ),
      input('key', 'Your SSH public key', 'One line of a .pub file: Ed25519, or RSA of 4096 bits. It is remembered.', {
        type: 'plain_text_input',
        action_id: 'key',
        max_length: LONGEST,
        // One that was given at the command line may be longer; with it Slack would not open the form at all.
        ...(about.key && about.key.length <= LONGEST ? { initial_value: about.key } : {}),
      }),
    ],
  }
}

/** What the form holds, as it came. */
export function termsIn(view: unknown): AskedTerms {
  const values = field(field(view, 'state'), 'values')
  const value = (name: string): string | undefined => {
    const element = field(field(values, name), name)
    return text(field(element, 'value')) ?? text(field(field(element, 'selected_option'), 'value'))
  }
  return {
    zone: value('zone') ?? '',
    reason: value('reason') ?? '',
    duration: value('duration'),
    key: value('key') ?? '',
  }
}

/** Shows what is wrong beside the fields. */
export const errorsOf = (problems: Problems): object => ({ response_action: 'errors', errors: problems })

/** What the form turns into once the request is kept: the link, or that there is a box already. */
export function askedView(request: BoxRequest, standing: Standing, link: string | null, joined: boolean): View {
  const { zone, reason, seconds } = request
  const text = link
    ? `*Last step: prove your address.* Open this link from the computer and network that you will work from, and press the button there. It is good for ten minutes, and works once.`
    : joined
      ? `*You have asked for one already.* Its request is ${standing.state === 'wanted' ? `good until ${escaped(standing.until)}` : standing.state}; how to get in stands in the message that you got. There is one box a person and zone: close that one to get another.`
      : '*Your request is kept.*'
  const blocks: (KnownBlock | Block)[] = [
    { type: 'section', text: mrkdwn(text) },
    ...(link
      ? [
          {
            type: 'actions',
            elements: [
              { type: 'button', action_id: 'open-link', style: 'primary', text: plain('Prove my address'), url: link },
            ],
          } as KnownBlock,
        ]
      : []),
    {
      type: 'context',
      elements: [mrkdwn(`${code(zone)} for ${Math.round(seconds / 60)} minutes: ${escaped(reason, 300)}`)],
    },
  ]
  return { type: 'modal', callback_id: 'jump-asked', title: plain('Jump box', 24), close: plain('Close', 24), blocks }
}
