import { type Mutant, of } from './mutant.ts'

const BOX = 'shared/responses/jump-box'

/** Mistakes about jump boxes, and about whom Slack and a link are believed. */
export const boxMutants: readonly Mutant[] = [
  ...of(
    `${BOX}/judge.ts`,
    [
      'a box outlives its time',
      "if (standing.state !== 'wanted') return overdue",
      "if (standing.state === 'unproven') return overdue",
    ],
    ['a box that was shut down is launched again', 'if (isOver || former', 'if (former'],
    [
      'what EC2 has forgotten is launched again',
      "isOver || former.some(({ call }) => call === 'ec2:RunInstances')",
      'isOver',
    ],
    ['a group with rules is joined', 'if (rules > 0)', 'if (rules > 99)'],
    ['other groups let more in', 'return other && `somebody', 'return undefined && `somebody'],
    ['whoever was taken out of the zone stays in', 'if (!mayAsk(request.person, zone, policy))', 'if (!zone)'],
    ['a box in quarantine is ended', 'if (instance?.quarantined) return []', ''],
  ),
  ...of(
    `${BOX}/plan.ts`,
    ['a box may answer to IMDSv1', "HttpTokens: 'required'", "HttpTokens: 'optional'"],
    [
      'a guest that shuts down lives on',
      "InstanceInitiatedShutdownBehavior: 'terminate'",
      "InstanceInitiatedShutdownBehavior: 'stop'",
    ],
    ['a volume is not encrypted', 'Encrypted: true', 'Encrypted: false'],
    ['the guest can not read its end', "InstanceMetadataTags: 'enabled'", "InstanceMetadataTags: 'disabled'"],
    ['a launch has no token', '      ClientToken: name,\n', ''],
    ['a group is deleted before its instance is over', '!remains.instance && !remains.ending', '!remains.instance'],
  ),
  ...of(
    `${BOX}/differences.ts`,
    ["strangers' rules stay", 'has.filter((rule) => !wanted.rules.includes(rule))', 'has.filter(() => false)'],
    ['an extension does not reach the schedule', 'schedule?.at === wanted.until ?', 'schedule ?'],
    ['an extension does not reach the guest', 'instance.until !== wanted.until', "instance.until === ''"],
  ),
  ...of(`${BOX}/world.ts`, [
    'a name that only begins alike is a box',
    '/^[0-9A-Z]{26}$/.test(id) ? id : null',
    'id || null',
  ]),
  ...of(
    'shared/jump/box-request.ts',
    ['a closed request is still wanted', 'if (closed) return over', 'if (closed && !address) return over'],
    ['waiting for an approval costs time', 'after(approvedAt ?? provenAt, seconds)', 'after(provenAt, seconds)'],
    ['a question that nobody answers never lapses', 'if (isPast(lapses))', 'if (isPast(lapses) && seconds < 0)'],
  ),
  ...of(
    'shared/jump/change-box.ts',
    ['anybody extends', 'if (person?.name === request.person || mayAll) return', 'return'],
    ['an address is proven twice', 'if (request.address)\n', 'if (request.closed)\n'],
    [
      'an extension has no end',
      'Math.min(Date.parse(standing.until) + 1_000 * seconds, longest)',
      'Date.parse(standing.until) + 1_000 * seconds',
    ],
  ),
  ...of(
    'shared/jump/link.ts',
    ['a link never expires', "if (Number(ends) * 1_000 <= now) return { why: 'expired', request }", ''],
    ["another deployment's link is good", 'portcullis jump link ${place}', 'portcullis jump link'],
  ),
  ...of('shared/jump/prove.ts', ['to look is to claim', "!== 'POST')", "=== 'HEAD')"]),
  ...of(
    'shared/slack/signature.ts',
    ['an old request is good', "if (age > WINDOW) return 'too-old'", ''],
    ['a request from the future is good', "if (age < -WINDOW) return 'from-the-future'", ''],
    ['a part of the digest is enough', 'a.length === b.length && timingSafeEqual(a, b)', 'b.includes(a)'],
  ),
  ...of('shared/slack/text.ts', ['a mention comes through', ".replaceAll('<', '&lt;')", '']),
  ...of(
    'shared/operators/may-answer.ts',
    [
      'one approves for oneself',
      "if (person.name === request.person) throw refused('Nobody approves their own request.')",
      '',
    ],
    ['anybody approves', 'approval.by?.includes(person.name)', 'person'],
  ),
  ...of('shared/judged.ts', [
    'the kill switch keeps a box alive',
    'if (response.isOwed && acting',
    'if (response.isOwed && !disarmed && acting',
  ]),
  ...of('shared/operators/pressed.ts', ['a press needs no right', '|| may.includes(right)) return', '|| may) return']),
]
