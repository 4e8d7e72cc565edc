import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleFile } from '#deploy/bundle.ts'
import { loadPolicy } from '#shared/policy/load.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BARE = ['bare-close', 'bare-ec2', 'bare-sweep', 'bare-sweep-act'] as const

/** The files under test, all made by the same bundler with the same flags. */
export interface Bundles {
  readonly folder: string
  readonly runner: string
  /** The function as it ships: watching. */
  readonly watching: string
  /** The same with a policy that acts. */
  readonly armed: string
  readonly explain: string
  readonly bare: Readonly<Record<(typeof BARE)[number], string>>
}

/** Makes the bundles in a new temporary folder. */
export async function makeBundles(): Promise<Bundles> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  const shipped = readFileSync(join(ROOT, 'portcullis.yml'), 'utf8')
  const acting = join(folder, 'portcullis.yml')
  writeFileSync(acting, shipped.replace(/mode: \w+/, 'mode: act'))
  const policies = {
    watch: loadPolicy(shipped.replace(/mode: \w+/, 'mode: watch'), 'portcullis.yml'),
    act: loadPolicy(readFileSync(acting, 'utf8'), acting),
  }
  const make = async (input: string, name: string, policy: object = policies.watch) => {
    mkdirSync(join(folder, name))
    const file = join(folder, name, 'index.mjs')
    await bundleFile(join(ROOT, input), file, policy)
    return file
  }
  const handler = 'functions/close-open-ingress/handler.ts'
  const bare = await Promise.all(BARE.map(async (name) => [name, await make(`bench/${name}.ts`, name)] as const))
  return {
    folder,
    runner: await make('bench/runner.ts', 'runner'),
    watching: await make(handler, 'watching'),
    armed: await make(handler, 'armed', policies.act),
    explain: await make('bench/explain-run.ts', 'explain'),
    bare: Object.fromEntries(bare) as Bundles['bare'],
  }
}
