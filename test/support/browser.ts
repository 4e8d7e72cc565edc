import { request } from 'node:http'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { launchChromium } from './chromium.ts'
import { isPublicUrl, localUrl } from './local-url.ts'

/** What a page did, from its first request on. */
export interface Seen {
  /** What its content security policy forbade: `img-src https://a.example/a.png`, `script-src-elem inline`. */
  readonly violations: string[]
  /** Errors in the console, and those of scripts that nobody caught. */
  readonly errors: string[]
  /** Requests without an answer: those that the policy stopped, and those that would have left this machine. */
  readonly failed: string[]
  /** Every answer: `200 GET https://…`. */
  readonly answers: string[]
}

/** A page in a window of its own: no cookie or cache is shared. */
export interface Tab {
  readonly page: Page
  readonly seen: Seen
}

/** How a page is opened. */
export interface TabOptions {
  /** Off, as some people have it. */
  readonly javaScript?: boolean
}

/** Opens a public address of an HTTP API, served by the local cloud, or one of this machine. */
export type OpenTab = (address: string, options?: TabOptions) => Promise<Tab>

/** Has a browser for this file's tests; each test's pages are closed after it. */
export function useBrowser(): { readonly open: OpenTab } {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterEach(() => closeAll(browser))
  afterAll(() => browser?.close())
  return { open: (address, options) => openTab(browser, address, options) }
}

/** Has a browser for as long as the work takes. */
export async function withBrowser<T>(work: (open: OpenTab) => Promise<T>): Promise<T> {
  const browser = await launchChromium()
  try {
    return await work((address, options) => openTab(browser, address, options))
  } finally {
    await browser.close()
  }
}

const closeAll = (browser: Browser) => Promise.all(browser.contexts().map((context) => context.close()))

async function openTab(browser: Browser, address: string, options: TabOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ javaScriptEnabled: options.javaScript ?? true })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const seen: Seen = { violations: [], errors: [], failed: [], answers: [] }
  const session = await context.newCDPSession(page)
  await watch(page, session, seen)
  await serve(session)
  await page.goto(address)
  return { page, seen }
}

/** Writes down what the page does. The browser reports violations itself, so this works without JavaScript too. */
async function watch(page: Page, session: CDPSession, seen: Seen): Promise<void> {
  session.on('Audits.issueAdded', ({ issue }) => {
    const found = issue.details.contentSecurityPolicyIssueDetails
    if (found) seen.violations.push(`${found.violatedDirective} ${found.blockedURL ?? 'inline'}`)
  })
  await session.send('Audits.enable')
  page.on('pageerror', (error) => seen.errors.push(error.message))
  page.on('console', (message) => {
    // The other two lists have these.
    const known = /Content Security Policy|^Failed to load resource/.test(message.text())
    if (message.type() === 'error' && !known) seen.errors.push(message.text())
  })
  page.on('requestfailed', (one) => seen.failed.push(`${one.url()} ${one.failure()?.errorText}`))
  page.on('response', (one) => seen.answers.push(`${one.status()} ${one.request().method()} ${one.url()}`))
}

/**
 * Answers the public addresses from the local cloud. The page has its real origin, so that its links, its forms and its
 * policy mean what they mean on AWS. Playwright's own routes do not see where a redirect leads to.
 */
async function serve(session: CDPSession): Promise<void> {
  session.on('Fetch.requestPaused', ({ requestId, request: asked }) => {
    const answer = isPublicUrl(asked.url)
      ? fetched(localUrl(asked.url), asked.method, asked.headers, asked.postData)
          .then((given) => session.send('Fetch.fulfillRequest', { requestId, ...given }))
          .catch(() => session.send('Fetch.failRequest', { requestId, errorReason: 'ConnectionFailed' }))
      : session.send('Fetch.continueRequest', { requestId })
    // The page may be gone by then.
    answer.catch(() => {})
  })
  await session.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] })
}

interface Given {
  readonly responseCode: number
  readonly responseHeaders: { readonly name: string; readonly value: string }[]
  readonly body: string
}

/** Sends what the browser would have sent, with its own headers: `fetch` would change some, and follow redirects. */
function fetched(to: string, method: string, headers: Record<string, string>, body = ''): Promise<Given> {
  return new Promise((resolve, reject) => {
    const sent = request(
      to,
      { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.once('error', reject)
        answer.once('end', () => {
          const { rawHeaders } = answer
          const responseHeaders = rawHeaders.flatMap((name, index) =>
            index % 2 === 0 ? [{ name, value: rawHeaders[index + 1]! }] : [],
          )
          resolve({
            responseCode: answer.statusCode ?? 502,
            responseHeaders,
            body: Buffer.concat(parts).toString('base64'),
          })
        })
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}
