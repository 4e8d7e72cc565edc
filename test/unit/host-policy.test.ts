import { describe, expect, test } from 'vitest'
import { readPolicy } from '#shared/policy/load.ts'
import { hostPolicy } from '../support/host-worlds.ts'

/** What an operator may get wrong about hosts: each is answered with its line, its place, and what was expected there. */

const HEAD = 'version: 1\nopen-ingress:\n  rules: [{ name: a, mode: act }]\nsuspicious-hosts:\n'
const RULE = '  rules:\n    - name: r\n      mode: act\n      when: { person: true }\n      contain: network-only\n'
const rule = (more: string) => `${RULE}      ${more}\n`
const when = (text: string) => RULE.replace('{ person: true }', text)
const spare = (more: string) => `  spare:\n    - name: s\n      owner: lena\n      reason: it scans\n      ${more}\n`

function problems(text: string): string[] {
  const read = readPolicy(`${HEAD}${text}`)
  return 'problems' in read
    ? read.problems.map(({ line, at, problem }) => `${line} ${at.replace('suspicious-hosts.', '')}: ${problem}`)
    : []
}

test('a policy that says nothing of hosts has the bounds that it would have to write', () => {
  const { 'suspicious-hosts': hosts } = hostPolicy()
  expect(hosts).toMatchObject({
    imported: 'ask',
    nodes: 'ask',
    breaker: { hosts: 5 },
    share: 34,
    evidence: { retain: 90 },
  })
  expect(hosts.rules[0]).toMatchObject({
    reach: 'none',
    sessions: 'host',
    addresses: 'keep',
    scaling: 'standby',
    targets: 'deregister',
    untrack: false,
  })
})

describe('a mistake is answered with a sentence and its line', () => {
  test.each<[string, string, string]>([
    [
      'a rule without contain',
      RULE.replace('      contain: network-only\n', ''),
      '6 rules.0.contain: expected network-only',
    ],
    ['a way to contain that is none', RULE.replace('network-only', 'burn'), '9 rules.0.contain: expected network-only'],
    ['a rule without a mode', RULE.replace('      mode: act\n', ''), '6 rules.0.mode: expected watch'],
    ['a rule without a reason', when('{}'), '8 rules.0.when: expected at least one of guardduty'],
    ['a reason that is none', when('{ macie: true, person: true }'), '8 rules.0.when.macie: there is no such setting'],
    [
      'a severity beyond the scale',
      when('{ guardduty: { severity: 70 } }'),
      '8 rules.0.when.guardduty.severity: expected a severity of 0 to 10',
    ],
    [
      'a severity as a word',
      when('{ guardduty: { severity: high } }'),
      '8 rules.0.when.guardduty.severity: expected a severity of 0 to 10',
    ],
    ['no types', when('{ guardduty: { types: [] } }'), '8 rules.0.when.guardduty.types: expected a type of finding'],
    [
      'no actions',
      when('{ security-hub: { actions: [] } }'),
      '8 rules.0.when.security-hub.actions: expected the name of a custom action',
    ],
    ['a rogue launch of no kind', when('{ rogue: { within: 1h } }'), '8 rules.0.when.rogue: expected launched-by'],
    [
      'launched by nobody who is known',
      when('{ rogue: { launched-by: [builders] } }'),
      '8 rules.0.when.rogue.launched-by.0: expected a name under actors; there is none of that name',
    ],
    ['judged for ever', when('{ rogue: { tags: [owner], within: 90d } }'), '8 rules.0.when.rogue.within: expected'],
    ['nowhere, but not quite', when('{ rogue: { nowhere: false } }'), '8 rules.0.when.rogue.nowhere: expected true'],
    ['a person who is not', when('{ person: false }'), '8 rules.0.when.person: expected true'],
    ['a reach that is none', rule('reach: subnet'), '10 rules.0.reach: expected none or vpc'],
    ['sessions of nobody', rule('sessions: all'), '10 rules.0.sessions: expected host or role'],
    ['a word for yes', rule('untrack: yes please'), '10 rules.0.untrack: expected true or false'],
    ['a setting that is none', rule('isolate: true'), '10 rules.0.isolate: there is no such setting'],
    [
      'evidence in a mode that is none',
      rule('preserve: maybe'),
      '10 rules.0.preserve: expected none, watch, ask or act',
    ],
    [
      'a document with blanks',
      rule('also: { run: { document: "rm -rf" } }'),
      '10 rules.0.also.run.document: expected the name of an SSM document',
    ],
    [
      'two rules of one name',
      `${RULE}${RULE.replace('  rules:\n', '')}`,
      '6 rules: expected each rule to have its own name',
    ],
    ['a share of nothing', '  share: 0\n', '5 share: expected'],
    ['a breaker that never opens', '  breaker: { hosts: 100000 }\n', '5 breaker.hosts: expected'],
    ['a bound that is no mode', '  nodes: never\n', '5 nodes: expected watch'],
    [
      'a protected host that is none',
      '  protected: { instances: [web-1] }\n',
      '5 protected.instances.0: expected an instance id',
    ],
    ['an exemption without an end', spare('instances: [i-1]'), '6 spare.0.expires: expected a date'],
    [
      'an exemption that never ends',
      spare('expires: never\n      instances: [i-1]'),
      '9 spare.0.expires: expected a date',
    ],
    [
      'an exemption without bounds',
      spare('expires: 2027-01-31'),
      '6 spare.0: expected instances or vpcs: it has bounds',
    ],
    ['an exemption of no VPC', spare('expires: 2027-01-31\n      vpcs: [web]'), '10 spare.0.vpcs.0: expected a VPC id'],
    [
      'snapshots shared under no key',
      '  evidence: { copy: { account: "444455556666" } }\n',
      '5 evidence.copy: expected a key beside the account',
    ],
    ['a lock of no length', '  evidence: { lock: { mode: governance } }\n', '5 evidence.lock.days'],
    [
      'a region that is none',
      '  evidence: { copy: { region: Frankfurt } }\n',
      '5 evidence.copy.region: expected a region',
    ],
  ])('%s', (_name, text, said) => {
    const found = problems(text)
    expect(found).toHaveLength(1)
    expect(found[0]!.startsWith(said), found[0]).toBe(true)
    // A sentence for people: what was expected, and no word of the library's.
    expect(found[0]).toMatch(/expected|there is no such setting/)
    expect(found[0]).not.toMatch(/Invalid|received|ZodError|undefined/)
  })
})
