import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { deployTo } from '#local/deploy.ts'
import { useBrowser, withBrowser } from '../support/browser.ts'
import { options, region, url } from '../support/cloud.ts'
import { localUrl } from '../support/local-url.ts'

/** The tests' browser: a real one, on a page that the local cloud serves under its address on AWS. */

const SERVICE = `service: page
frameworkVersion: "4"
provider:
  name: aws
  runtime: nodejs24.x
  region: eu-central-1
functions:
  page:
    handler: index.handler
    events:
      - httpApi: { method: '*', path: '/{path+}' }
`
const SCRIPT = `document.querySelector('#js').textContent = 'on'
if (location.pathname === '/throws') throw new Error('oh')`
const HASH = createHash('sha256').update(SCRIPT).digest('base64')
const FORM = '<form method="post" action="/claim"><input name="key" value="a b"><button>Claim</button></form>'
/** What a page has besides, by its path. */
const MORE = {
  '/bad': `<script>document.title = 1</script><img src="https://evil.example/a.png">
<form method="post" action="https://evil.example/"><button>Send</button></form>`,
  '/leak': '<a href="https://evil.example/away">Away</a>',
}
const PAGE = `const more = ${JSON.stringify(MORE)}
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; script-src 'sha256-${HASH}'; form-action 'self'",
}
exports.handler = async (event) => {
  const { rawPath, requestContext } = event
  if (rawPath === '/claim') {
    const sent = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')
    const origin = encodeURIComponent(event.headers.origin)
    return { statusCode: 303, headers: { location: '/done?' + sent + '&origin=' + origin } }
  }
  const heading = '<!doctype html><h1>' + rawPath + ' ' + requestContext.http.method + '</h1>'
  const body = heading + ${JSON.stringify(FORM)} + (more[rawPath] ?? '') + '<p id="js">off</p>'
  const statusCode = rawPath === '/gone' ? 410 : 200
  return { statusCode, headers, body: body + '<script>' + ${JSON.stringify(SCRIPT)} + '</script>' }
}
`

let page: string
const browser = useBrowser()

beforeAll(async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'portcullis-test-'))
  writeFileSync(join(cwd, 'serverless.yml'), SERVICE)
  writeFileSync(join(cwd, 'index.js'), PAGE)
  const given = inject('cloud')
  await deployTo({ ...given, ministackUrl: '', stop: async () => {} }, { stage: 'test', cwd })
  rmSync(cwd, { recursive: true })
  const { Stacks } = await new CloudFormationClient(options).send(new DescribeStacksCommand({ StackName: 'page-test' }))
  const id = Stacks![0]!.Outputs!.find((output) => output.OutputKey === 'HttpApiId')!.OutputValue
  page = `https://${id}.execute-api.${region}.amazonaws.com`
})

describe('an address of an HTTP API', () => {
  test.each([
    ['https://a1b2.execute-api.eu-west-1.amazonaws.com/box/c?t=1#x', '/_aws/execute-api/a1b2/$default/box/c?t=1#x'],
    ['https://a1b2.execute-api.eu-west-1.amazonaws.com', '/_aws/execute-api/a1b2/$default/'],
  ])('%s is served here', (address, path) => {
    expect(localUrl(address)).toBe(url + path)
  })

  test.each([
    'http://a1b2.execute-api.eu-west-1.amazonaws.com/',
    'https://a1b2.execute-api.eu-west-1.amazonaws.com.evil.example/',
    'https://evil.example/?https://a1b2.execute-api.eu-west-1.amazonaws.com/',
  ])('%s is not one', (address) => {
    expect(() => localUrl(address)).toThrow(`Expected https://ID.execute-api.REGION.amazonaws.com/…, got ${address}.`)
  })
})

describe('a page', () => {
  test.each([true, false])('is opened, and its form sent, with JavaScript: %s', async (javaScript) => {
    const tab = await browser.open(`${page}/box?t=1`, { javaScript })
    expect(await tab.page.textContent('h1')).toBe('/box GET')
    expect(await tab.page.textContent('#js')).toBe(javaScript ? 'on' : 'off')
    await tab.page.click('text=Claim')
    await tab.page.waitForURL('**/done?*')
    // The page has the origin that it has on AWS, and its policy lets the form go there.
    expect(tab.page.url()).toBe(`${page}/done?key=a+b&origin=${encodeURIComponent(page)}`)
    expect(tab.seen).toEqual({
      violations: [],
      errors: [],
      failed: [],
      answers: [`200 GET ${page}/box?t=1`, `303 POST ${page}/claim`, `200 GET ${tab.page.url()}`],
    })
  })

  test.each([true, false])('is held to its policy, with JavaScript: %s', async (javaScript) => {
    const { page: tab, seen } = await browser.open(`${page}/bad`, { javaScript })
    // A click waits for the page that it leads to, and here there never is one.
    await tab.click('text=Send', { noWaitAfter: true })
    await expect.poll(() => seen.violations).toHaveLength(javaScript ? 3 : 2)
    expect([...seen.violations].sort()).toEqual([
      'form-action https://evil.example/',
      'img-src https://evil.example/a.png',
      ...(javaScript ? ['script-src-elem inline'] : []),
    ])
    expect(seen.failed).toEqual(['https://evil.example/a.png csp'])
    expect(tab.url()).toBe(`${page}/bad`)
  })

  test('that fails or throws is seen', async () => {
    expect((await browser.open(`${page}/throws`)).seen.errors).toEqual(['oh'])
    expect((await browser.open(`${page}/gone`)).seen.answers).toEqual([`410 GET ${page}/gone`])
  })

  test('reaches nothing but this machine', async () => {
    const { page: tab, seen } = await browser.open(`${page}/leak`)
    await tab.click('text=Away')
    await expect.poll(() => seen.failed).toEqual(['https://evil.example/away net::ERR_NAME_NOT_RESOLVED'])
  })

  test('can be opened without these tests’ hooks', async () => {
    const heading = await withBrowser(async (open) => (await open(localUrl(`${page}/box`))).page.textContent('h1'))
    expect(heading).toBe('/box GET')
  })
})
