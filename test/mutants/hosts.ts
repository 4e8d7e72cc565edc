import { type Mutant, of } from './mutant.ts'

const HOST = 'shared/responses/suspicious-host'

/** Mistakes in accusing a host, cutting it off, and saying what is proven. Most of them were made by somebody before. */
export const hostMutants: readonly Mutant[] = [
  ...of(
    `${HOST}/levers.ts`,
    [
      'only the first interface is cut off',
      '    ...out.map((one): Lever => {',
      '    ...out.slice(0, 1).map((one): Lever => {',
    ],
    [
      'what a service manages is ours',
      '  one.requester !== undefined || one.owner !== account',
      '  one.owner !== account',
    ],
    [
      'what another account owns is ours',
      '  one.requester !== undefined || one.owner !== account',
      '  one.requester !== undefined',
    ],
    ['an old group beside the new one is enough', 'one.groups.length !== 1 || one.groups[0] !==', 'one.groups[0] !=='],
    [
      'the two steps are taken in quarantine, too',
      'out.filter((one) => !one.groups.some((group) => ours.has(group)))',
      'out',
    ],
    ['a Spot instance has protections', '...(now && !isSpot', '...(now'],
    ['what waits for evidence is cut off', '...(waits ? [] : isolation(', '...(isolation('],
    [
      'a set of one volume is evidence of all',
      'volumes.every(({ id }) => set.volumes',
      'volumes.some(({ id }) => set.volumes',
    ],
    ['any old set is evidence', 'Date.parse(set.begunAt) >= since && ', ''],
    ['stop protection is set on what is to be stopped', "now.stop || rule.contain === 'stop'", 'now.stop'],
    ['the group never launches another', 'replace: scaling.desired <= scaling.least', 'replace: false'],
    ['a role by its tag is edited', 'role && !role.byTag && isEditable(role)', 'role && isEditable(role)'],
    ['a role of AWS is edited', '!role.byTag && isEditable(role) &&', '!role.byTag &&'],
    ['the host is stopped without evidence', '!isOff(host) && isPreserved(host, rule, known.since)', '!isOff(host)'],
  ),
  ...of(
    `${HOST}/quarantine-groups.ts`,
    ['a group is trusted whatever its rules', 'own.find((one) => isClean(one, blocks))', 'own[0]'],
    ["another VPC's group will do", 'one.vpc === vpc && one.reach === reach', 'one.reach === reach'],
    ['a poisoned group is mended', 'wanted.includes(rule) || DEFAULTS.includes(rule)', 'rule !== null'],
    ['each group has the same name', '-${own.length + 1}`', '-1`'],
    ['the inside of the VPC is reached one way', '[`in -1 ${block}`, `out -1 ${block}`]', '[`out -1 ${block}`]'],
  ),
  ...of(
    `${HOST}/plan.ts`,
    [
      'the host goes into a group that is not finished',
      'known ? [] : fresh!.steps.map(({ id }) => id)',
      'known ? [] : fresh!.steps.slice(0, 1).map(({ id }) => id)',
    ],
    [
      'the second step does not wait for the first',
      'into(reach, lever.to, `Cut off ${of}`, [open.id])]',
      'into(reach, lever.to, `Cut off ${of}`, [])]',
    ],
    [
      'the profile goes before its sessions are denied',
      "[...before('deny-sessions'), ...before('tag')]",
      "[...before('tag')]",
    ],
  ),
  ...of(`${HOST}/group-steps.ts`, [
    'outbound IPv6 is kept',
    "['out -1 0.0.0.0/0', 'out -1 ::/0']",
    "['out -1 0.0.0.0/0']",
  ]),
  ...of(
    `${HOST}/lever-steps.ts`,
    ['a standby that launches another is said to be exact', "lever.replace ? 'best-effort' : 'exact'", "'exact'"],
    [
      'the group is told to launch another',
      'ShouldDecrementDesiredCapacity: !lever.replace',
      'ShouldDecrementDesiredCapacity: lever.replace',
    ],
  ),
  ...of(`${HOST}/permissions.ts`, ['IPv6 is written as IPv4', "cidr.includes(':')", "cidr.includes(';')"]),
  ...of(
    `${HOST}/accused.ts`,
    [
      'all custom actions mean us',
      '!forgeable) return hub?.actions?.includes(type) ?? false',
      '!forgeable) return hub !== undefined',
    ],
    [
      'an imported finding may call itself an action',
      'return severity >= hub.severity && among(hub.types)',
      'return hub.actions?.includes(type) || (severity >= hub.severity && among(hub.types))',
    ],
    ['a severity must be passed, not reached', 'severity >= guardduty.severity', 'severity > guardduty.severity'],
    ['an expired spare holds', 'own.find((one) => new Date(one.expires) > now)', 'own[0]'],
    ['a spare by VPC is not asked for its hosts', '(instances?.includes(id) ?? true) && ', ''],
    ['nobody is protected', 'if (selects(hosts.protected, id, host))', 'if (hosts.share < 0)'],
    [
      'a tag is enough, whatever its value',
      'host.tags[key] === value.join(',
      "value.join('=') !== '' || host.tags[key] === value.join(",
    ],
    [
      'what can be forged is acted on',
      'if (!asked && accusations.every((one) => one.forgeable))',
      'if (!asked && accusations.length === 0)',
    ],
    ['a node is as any other', 'if (node && !asked)', 'if (node && asked)'],
    ['a share is cut down', 'Math.ceil((100 *', 'Math.floor((100 *'],
    ['who is away does not count', 'scaling.away + 1', '1'],
    [
      'a service as root is known',
      "(principal !== undefined || via === undefined || via === 'signin.amazonaws.com')",
      'via !== type',
    ],
    ['a launch is judged for ever', ' > 1_000 * rogue.within', ' > 1e15 * rogue.within'],
    [
      'who launched it once launched it now',
      'one.part === LAUNCH && one.content === host.launchedAt',
      'one.part === LAUNCH',
    ],
  ),
  ...of(
    `${HOST}/observe.ts`,
    ['interfaces that do not show are none', 'if (hasMore) unread.push', 'if (missing.length > 99) unread.push'],
    [
      'all interfaces hidden are none',
      'missing.length > 0 || (own.length === 0 && !isGone(base))',
      'missing.length > 0 && own.length > 0',
    ],
    [
      'a profile that is denied to us is none',
      'if (!GONE.has(awsCode(error))) unread.push(`${what} (${errorText(error)})`)',
      '',
    ],
    [
      'a block that the VPC has no more is its own',
      "block?.State === undefined || block.State === 'associated'",
      'block !== null',
    ],
  ),
  ...of(
    `${HOST}/proof.ts`,
    ['what does not show is closed', '    !host.hasMore &&\n', ''],
    ['the group that lets everything through is clean', "reach !== 'all' && ", ''],
  ),
  ...of(
    `${HOST}/judge.ts`,
    [
      'no interface is named',
      'isForeign(one, account) && one.groups.length > 0',
      'isForeign(one, account) && one.groups.length > 9',
    ],
    ['nothing leaks', "rule.reach === 'none' && cutAt ?", "rule.reach === 'none' && cutAt === 0 ?"],
    ['what passed before leaks', 'one.at > cutAt + SETTLING', 'one.at > 0'],
    ['what is not known is as it should be', "    ...unread.map((what) => ({ kind: 'unread' as const, what })),\n", ''],
    ['a time that lies ahead is waited for', 'return from <= now.getTime() ? from : 0', 'return from'],
  ),
  ...of(
    `${HOST}/confirm.ts`,
    ['archived findings count', '!finding || finding.Service?.Archived === true', '!finding'],
    ['the event says how severe it is', ', severity: finding.Severity ?? one.severity', ''],
  ),
  ...of(
    `${HOST}/subjects.ts`,
    [
      'a replaced profile is not heard',
      "new Set(['RunInstances', 'ReplaceIamInstanceProfileAssociation'])",
      "new Set(['RunInstances'])",
    ],
    ['one host of a launch is looked at', "['instancesSet', ['instanceId']],\n", "['instanceSet', ['instanceId']],\n"],
    ['names are told as they come', 'quote(actor.name, 200)', 'actor.name'],
  ),
  ...of(
    `${HOST}/is-done.ts`,
    ['a group that lets everything through is the end', "one.id === id && one.reach !== 'all' &&", 'one.id === id &&'],
    ['an interface in two groups is cut off', 'one.groups.length === 1 && (known', '(known'],
  ),
  ...of('shared/judged.ts', ['what was released counts still', '(incident === open?.incident) === inOpen', 'inOpen']),
  ...of('shared/drill.ts', ['a drill does not believe its event', 'ports, { news, cleared: [] })', 'ports)']),
  ...of('shared/conclude.ts', [
    'a host that is gone is held for ever',
    '...(memory.open?.held && !response.holds?.(world) ? { gone: true } : {}),',
    '',
  ]),
]
