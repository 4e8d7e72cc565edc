import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type PortRange, parsePorts } from '#shared/kit/ports.ts'
import { type Exposure, exposureOf, type WorldNumbers } from '#shared/responses/open-ingress/exposure.ts'
import type { IngressRule } from '#shared/responses/open-ingress/world.ts'
import { allowLists, situations } from '../support/near-unsafe.ts'
import { always } from '../support/property.ts'
import { slowAllowed } from '../support/slow-allowed.ts'
import {
  type SlowNumbers,
  type SlowPorts,
  type SlowRule,
  slowCidr,
  slowExposure,
  slowIsWorld,
  slowPorts,
  slowPublic,
  slowReach,
  slowReaches,
  slowSize,
  slowSpace,
} from '../support/slow-exposure.ts'

function exposed(rules: readonly IngressRule[], numbers: SlowNumbers, allow: readonly string[]): Exposure {
  const ranges = allow.map((text) => parsePorts(text)!)
  const world: WorldNumbers = {
    reach: { 4: numbers.reach4, 6: numbers.reach6 },
    wide: { 4: numbers.wide4, 6: numbers.wide6 },
  }
  const covers = (range: PortRange, ports: PortRange) =>
    range.protocol === ports.protocol && range.from <= ports.from && ports.to <= range.to
  return exposureOf(rules, {}, world, (ports) => !ranges.some((range) => covers(range, ports)), ranges)
}

const holds = (ranges: readonly PortRange[], { protocol, port }: SlowPorts): boolean =>
  ranges.some((range) => range.protocol === protocol && range.from <= port && port <= range.to)

const slow = (rule: IngressRule): SlowRule => ({ ...rule, cidr: rule.cidr! })

test('The forbidden ports that the world reaches are exactly those of the reference.', () => {
  always(700, [situations, allowLists], ({ rules, numbers }, allow) => {
    const { allowed, edges } = slowAllowed(allow)
    const { open } = exposed(rules, numbers, allow)
    const right = slowExposure(rules.map(slow), numbers, (port) => !allowed(port), edges).open
    const asked = slowPorts(rules.map(slow), edges).filter((port) => holds(open, port))
    expect(asked).toEqual(right)
  })
})

test('Each open range says how much of the public space reaches it.', () => {
  always(300, [situations, allowLists], ({ rules, numbers }, allow) => {
    for (const range of exposed(rules, numbers, allow).open) {
      for (const port of new Set([range.from, range.to])) {
        const through = rules.map(slow).filter((rule) => slowReaches(rule, { protocol: range.protocol, port }))
        for (const family of [4, 6] as const) {
          const blocks = through.flatMap((rule) => slowCidr(rule.cidr) ?? []).filter((one) => one.family === family)
          const share = Number(slowPublic(family, blocks)) / Number(slowSpace[family])
          expect(Math.abs(range[family === 4 ? 'ipv4' : 'ipv6'] - share)).toBeLessThan(0.000_002)
        }
      }
    }
  })
})

test('What has to go are the wide rules that reach an offending port, and of the rest no more than is needed.', () => {
  always(700, [situations, allowLists], ({ rules, numbers }, allow) => {
    const { allowed, edges } = slowAllowed(allow)
    const all = rules.map(slow)
    const { open, wide } = slowExposure(all, numbers, (port) => !allowed(port), edges)
    const going = new Set(exposed(rules, numbers, allow).rules.map((rule) => all[rules.indexOf(rule)]!))
    for (const rule of wide) expect(going).toContain(rule)

    const staying = all.filter((rule) => !going.has(rule))
    for (const port of open) expect(slowIsWorld(staying, port, numbers), `${port.protocol}/${port.port}`).toBe(false)

    // A narrow rule goes only as the widest of those of its family that still are the world on a port of its own.
    const narrow = all.filter((rule) => !wide.has(rule))
    for (const rule of [...going].filter((one) => !wide.has(one))) {
      const { family, size } = slowSize(rule)!
      const needed = open.some((port) => {
        if (!slowReaches(rule, port)) return false
        const mates = narrow.filter((one) => slowReaches(one, port) && slowSize(one)?.family === family)
        const wider = mates.filter((one) => slowSize(one)!.size > size)
        const rest = mates.filter((one) => !wider.includes(one))
        return wider.every((one) => going.has(one)) && slowIsWorld(rest, port, numbers)
      })
      expect(needed, `${rule.protocol} ${rule.from}-${rule.to} ${rule.cidr} went without need`).toBe(true)
    }
  })
})

test('The allowed ports that close with it are those that fewer public addresses reach afterwards.', () => {
  always(500, [situations, allowLists], ({ rules, numbers }, allow) => {
    const { allowed, edges } = slowAllowed(allow)
    const all = rules.map(slow)
    const found = exposed(rules, numbers, allow)
    const staying = all.filter((_, i) => !found.rules.includes(rules[i]!))
    const ports = slowPorts(all, edges).filter(allowed)
    if (found.rules.length === 0) return expect(found.closesToo).toEqual([])
    const loses = (port: SlowPorts) => slowReach(all, port).some((size, i) => slowReach(staying, port)[i]! < size)
    expect(ports.filter((port) => holds(found.closesToo, port))).toEqual(ports.filter(loses))
  })
})

test('The order of the rules makes no difference, also where rules are alike.', () => {
  const shuffled = situations.chain((situation) =>
    fc
      .shuffledSubarray([...situation.rules], { minLength: situation.rules.length })
      .map((other) => ({ ...situation, other })),
  )
  always(500, [shuffled, allowLists], ({ rules, other, numbers }, allow) => {
    const [one, two] = [exposed(rules, numbers, allow), exposed(other, numbers, allow)]
    const blocks = ({ rules: gone }: Exposure) => gone.map((rule) => ({ ...rule, cidr: slowCidr(rule.cidr!) }))
    expect({ ...two, rules: blocks(two) }).toEqual({ ...one, rules: blocks(one) })
  })
})

test('Rules that go stand in a fixed order: by protocol, ports, family and address.', () => {
  always(300, [situations], ({ rules, numbers }) => {
    const keys = exposed(rules, numbers, []).rules.map((rule) => {
      const block = slowCidr(rule.cidr!)!
      const port = (number: number, none: number) => String(number < 0 ? none : number).padStart(5, '0')
      const has = rule.protocol === 'tcp' || rule.protocol === 'udp'
      const ports = has ? `${port(rule.from, 0)} ${port(rule.to, 65_535)}` : ''
      return `${rule.protocol} ${ports} ${block.family} ${block.first.toString(16).padStart(32, '0')}`
    })
    expect(keys).toEqual(keys.toSorted())
  })
})
