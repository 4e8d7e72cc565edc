import { afterEach, describe, expect, test } from 'vitest'
import { useBrowser } from '../support/browser.ts'
import { until } from '../support/cloud.ts'
import { ed25519 } from '../support/public-key.ts'
import { askInSlack, noBoxes, useSlack, visit } from '../support/slack-stage.ts'

/** The page behind the link by which somebody proves their address. */

useSlack()
const browser = useBrowser()
afterEach(noBoxes)

const KEY = ed25519()
const asked = () => askInSlack('alice', { zone: 'lab', key: KEY })
describe('the page', () => {
  test('can be read and pressed by everybody: without a mouse, and on a narrow screen', async () => {
    const { link } = await asked()
    const { page, seen } = await browser.open(link)
    await page.setViewportSize({ width: 320, height: 640 })
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.title()).toBe('Is this your address?')
    expect(await page.locator('h1').allTextContents()).toEqual(['Is this your address?'])
    expect(await page.locator('main').count()).toBe(1)
    expect(await page.locator('form').count()).toBe(1)
    const button = page.getByRole('button', { name: 'This is my address: open the box' })
    expect(await button.count()).toBe(1)
    expect(await page.locator('button, input, a, select, textarea').count()).toBe(1)
    const wide = () => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(await wide()).toBe(0)
    // At least so high that a finger hits it: WCAG 2.5.8 wants 24 pixels.
    expect((await button.boundingBox())!.height).toBeGreaterThan(24)

    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('This is my address: open the box')
    await page.keyboard.press('Enter')
    const status = page.getByRole('status')
    await status.waitFor()
    expect(await page.title()).toBe('Your address is proven')
    expect(await page.locator('h1').count()).toBe(1)
    expect(await page.locator('form').count()).toBe(0)
    expect(await wide()).toBe(0)
    expect(seen).toMatchObject({ violations: [], errors: [], failed: [] })
    expect(seen.answers).toEqual([`200 GET ${link}`, `200 POST ${link}`])
    // Whoever comes back to it is told the same, and nothing is claimed twice.
    await page.reload()
    await page.goto(link)
    expect(await page.title()).toBe('Your address is proven')
  })

  test('long words of others stay on a narrow screen, and are words', async () => {
    const reason = `<img src=https://evil.example/a.png> ${'x'.repeat(400)}`
    const { link } = await askInSlack('alice', { zone: 'lab', key: KEY, reason })
    const { page, seen } = await browser.open(link)
    await page.setViewportSize({ width: 320, height: 640 })
    expect(await page.locator('main').textContent()).toContain(reason)
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
    expect(seen).toMatchObject({ violations: [], errors: [], failed: [], answers: [`200 GET ${link}`] })
  })

  test('says by its headers that nothing may be loaded, kept, framed or told to others', async () => {
    const { link } = await asked()
    for (const { headers } of [await visit(link), await visit(`${link}x`), await visit(link, 'POST')]) {
      const policy = (headers.get('content-security-policy') ?? '').split('; ').sort()
      expect(policy).toEqual([
        "base-uri 'none'",
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        expect.stringMatching(/^style-src 'sha256-[A-Za-z0-9+/]{43}='$/),
      ])
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-robots-tag': 'noindex',
      })
    }
  })

  test('a policy that would be broken is seen to be: what stands in the page by another hand does not run', async () => {
    const { link } = await asked()
    const { page, seen } = await browser.open(link)
    await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=https://evil.example/a.png>')")
    await until(
      'the policy to stop it',
      async () => seen.violations,
      (all) => all.length > 0,
    )
    expect(seen.violations[0]).toMatch(/^img-src https:\/\/evil\.example/)
  })
})
