import { createHash } from 'node:crypto'
import { type ComponentChildren, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { BoxRequest } from './box-request.ts'

/** What API Gateway sends back. */
export interface Page {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const STYLE = `
:root { color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif; }
body { max-width: 36rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; }
dt { font-weight: 600; }
dd { margin: 0 0 .6rem; overflow-wrap: anywhere; }
button { font: inherit; font-weight: 600; padding: .7rem 1.2rem; border: 2px solid #1a5fb4; border-radius: .4rem; background: #1a5fb4; color: #fff; cursor: pointer; }
button:focus-visible { outline: 3px solid #e5a50a; outline-offset: 2px; }
`

/**
 * Nothing is loaded and nothing runs: one style, known by its digest, and one form that goes back to where it came from.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
 */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
} as const

function page(statusCode: number, title: string, ...children: ComponentChildren[]): Page {
  const html = h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('title', null, title),
      h('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
    ),
    h('body', null, h('main', null, h('h1', null, title), ...children)),
  )
  return { statusCode, headers: HEADERS, body: `<!doctype html>${renderToString(html)}` }
}

const facts = (all: readonly (readonly [string, string])[]) =>
  h('dl', null, ...all.flatMap(([name, value]) => [h('dt', null, name), h('dd', null, value)]))

const plain = (address: string): string => address.replace(/\/\d+$/, '')

/** Asks for the press that proves the address. It is a form: a preview of the link, which only looks, proves nothing. */
export function confirmPage(request: BoxRequest, address: string, needsApproval: boolean): Page {
  const { person, zone, reason, seconds, linkUntil } = request
  return page(
    200,
    'Is this your address?',
    facts([
      ['Who asks', person],
      ['For a jump box in', zone],
      ['Why', reason],
      ['For', `${Math.round(seconds / 60)} minutes`],
      ['Your address', plain(address)],
      ['This page is good until', linkUntil],
    ]),
    h(
      'p',
      null,
      `Only ${plain(address)} will reach the box. Press the button from the computer and network that you will work from, and only if you asked for it yourself.`,
    ),
    h(
      'form',
      { method: 'post' },
      h(
        'button',
        { type: 'submit' },
        needsApproval ? 'This is my address: ask for approval' : 'This is my address: open the box',
      ),
    ),
  )
}

/** Says that it is proven, and what comes next. */
export const provenPage = (request: BoxRequest, needsApproval: boolean): Page =>
  page(
    200,
    'Your address is proven',
    facts([
      ['Who asks', request.person],
      ['For a jump box in', request.zone],
      ['Your address', plain(request.address ?? '')],
    ]),
    h(
      'p',
      { role: 'status' },
      needsApproval
        ? 'Somebody else has to approve it now. You are told in Slack how it ends. You can close this page.'
        : 'The box is being opened. You are told in Slack, within a minute, how to get in. You can close this page.',
    ),
  )

/** Says why a link is no good, and what to do. */
export const refusedPage = (statusCode: number, title: string, says: string): Page =>
  page(statusCode, title, h('p', { role: 'alert' }, says))
