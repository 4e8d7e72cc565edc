import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleFile } from '#deploy/bundle.ts'
import { deployedPolicy } from '#deploy/policy.ts'
import { loadPolicy } from '#shared/policy/load.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** The company's ranges: two of IPv4, so that what is allowed side by side is seen to be. */
const NARROW = 'narrow: [203.0.113.0/24, 192.0.2.0/24, "2001:db8:1::/48"]'
const BARE = ['bare-close', 'bare-ec2', 'bare-quarantine', 'bare-sweep', 'bare-sweep-act'] as const

/** The files under test, all made by the same bundler with the same flags. */
export interface Bundles {
  readonly folder: string
  readonly runner: string
  /** The functions as they ship, by their names: watching. */
  readonly functions: Readonly<Record<string, string>>
  /** The one that closes doors, as it ships. */
  readonly watching: string
  /** The same with a policy that acts, and a breaker that lets it: the acting sweep has 50 doors to close. */
  readonly armed: string
  /** The same with everything on that a policy can turn on; and narrowing, too. */
  readonly everything: string
  readonly narrowing: string
  /** A storm of events, and the policy that it meets. */
  readonly storm: string
  /** The same storm on the same policy, but for the breaker, which is the one that ships. */
  readonly stormShipped: string
  /** The one that cuts hosts off, with a policy that acts on any number of them. */
  readonly quarantining: string
  /** A storm of findings: with the breaker as it is where the policy says nothing, and with one that never opens. */
  readonly hostStorms: { readonly bounded: string; readonly unbounded: string }
  readonly explain: string
  readonly bare: Readonly<Record<(typeof BARE)[number], string>>
}

/** Makes the bundles in a new temporary folder. */
export async function makeBundles(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  const shipped = readFileSync(join(ROOT, 'portcullis.yml'), 'utf8')
  const everything = readFileSync(join(ROOT, 'bench/everything.yml'), 'utf8')
  const hosts = readFileSync(join(ROOT, 'bench/hosts.yml'), 'utf8')
  const storm = deployedPolicy(join(ROOT, 'bench/storm.yml'))
  const policies = {
    watch: loadPolicy(shipped.replace(/mode: \w+/, 'mode: watch'), 'portcullis.yml'),
    act: loadPolicy(`${shipped.replace(/mode: \w+/, 'mode: act')}\nbreaker: { subjects: 1000 }\n`, 'portcullis.yml'),
    everything: loadPolicy(everything, 'everything.yml'),
    narrow: loadPolicy(everything.replace('mode: act\n', `mode: act\n      ${NARROW}\n`), 'everything.yml'),
    storm,
    stormShipped: { ...storm, breaker: loadPolicy(shipped, 'portcullis.yml').breaker },
    bounded: loadPolicy(hosts, 'hosts.yml'),
    unbounded: loadPolicy(`${hosts}  breaker: { hosts: 1000 }\n`, 'hosts.yml'),
  }
  const make = async (input: string, name: string, policy: object = policies.watch) => {
    mkdirSync(join(folder, name))
    const file = join(folder, name, 'index.mjs')
    await bundleFile(join(ROOT, input), file, policy)
    return file
  }
  const all = async (names: readonly string[], input: (name: string) => string) =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await make(input(name), name)] as const)))
  const handler = (name: string) => `functions/${name}/handler.ts`
  const functions = await all(readdirSync(join(ROOT, 'functions')), handler)
  return {
    folder,
    runner: await make('bench/runner.ts', 'runner'),
    functions,
    watching: functions['close-open-ingress']!,
    armed: await make(handler('close-open-ingress'), 'armed', policies.act),
    everything: await make(handler('close-open-ingress'), 'everything', policies.everything),
    narrowing: await make(handler('close-open-ingress'), 'narrowing', policies.narrow),
    storm: await make('bench/storm-run.ts', 'storm', policies.storm),
    stormShipped: await make('bench/storm-run.ts', 'storm-shipped', policies.stormShipped),
    quarantining: await make(handler('quarantine-instance'), 'quarantining', policies.unbounded),
    hostStorms: {
      bounded: await make('bench/host-storm-run.ts', 'bounded', policies.bounded),
      unbounded: await make('bench/host-storm-run.ts', 'unbounded', policies.unbounded),
    },
    explain: await make('bench/explain-run.ts', 'explain'),
    bare: (await all(BARE, (name) => `bench/${name}.ts`)) as Bundles['bare'],
  }
}
