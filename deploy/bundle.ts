import { readdirSync } from 'node:fs'
import { rolldown } from 'rolldown'
import { deployedPolicy } from './policy.ts'

/**
 * Makes one minified file per function in `dist/`, with the policy compiled in. A bad policy throws, so it never deploys.
 *
 * Rolldown and not esbuild, because it can leave out what a client does not use of the SDK's schemas: a third of the size,
 * a third of the import time (docs/decisions/0002).
 */
export async function bundle(policy = deployedPolicy()): Promise<string[]> {
  const names = readdirSync('functions')
  await Promise.all(names.map((name) => bundleFile(`functions/${name}/handler.ts`, `dist/${name}/index.mjs`, policy)))
  return names
}

/** Bundles one file and all that it needs; `#policy` becomes the policy given. */
export async function bundleFile(input: string, file: string, policy: unknown): Promise<void> {
  const build = await rolldown({
    input,
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
    plugins: [
      {
        name: 'policy',
        resolveId: (id) => (id === '#policy' ? '\0policy' : null),
        load: (id) => (id === '\0policy' ? `export default ${JSON.stringify(policy)}` : null),
      },
    ],
  })
  await build.write({ file, format: 'esm', minify: true, codeSplitting: false })
  await build.close()
}
