import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'
import { ROOT } from '#local/cloud.ts'
import packageJson from '../../package.json' with { type: 'json' }

const VERSION = packageJson.devDependencies['@sparticuz/chromium']

/** Made for Lambda, these would hide what a page does wrong: a browser without an origin policy is no browser. */
const UNREAL = new Set([
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
])

/** Starts the Chromium that is packed in an npm package. It can reach this machine and nothing else. */
export async function launchChromium(): Promise<Browser> {
  const folder = await unpacked()
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: [
      ...sparticuz.args.filter((one) => !UNREAL.has(one)),
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
    env: { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') },
    headless: true,
  })
}

/** The package unpacks itself into the machine's folder for scratch files, where a second test would start half of it. */
async function unpacked(): Promise<string> {
  const folder = join(ROOT, '.local', `chromium-${VERSION}`)
  if (existsSync(folder)) return folder
  await mkdir(join(ROOT, '.local'), { recursive: true })
  const own = mkdtempSync(`${folder}-`)
  const before = process.env.TMPDIR
  process.env.TMPDIR = own
  // Where it goes is decided before the first wait.
  const done = sparticuz.executablePath()
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  await done
  const dirs = [join(folder, 'fonts'), '/usr/share/fonts'].map((dir) => `<dir>${dir}</dir>`).join('')
  writeFileSync(join(own, 'fonts.conf'), `<fontconfig>${dirs}<cachedir>${folder}/fonts-cache</cachedir></fontconfig>`)
  try {
    renameSync(own, folder)
  } catch (error) {
    // Another test was first.
    if (!existsSync(join(folder, 'fonts.conf'))) throw error
    rmSync(own, { recursive: true, force: true })
  }
  return folder
}
