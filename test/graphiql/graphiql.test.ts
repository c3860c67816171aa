/** GraphiQL as a newcomer meets it: in a real browser, with nothing but our own origin. */
import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphiqlTabs } from '../../src/graphiql-tabs.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { testToken } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

if (!hasChromium) {
  process.stderr.write(
    'GraphiQL was NOT tried in a browser: no Chromium or Chrome is installed (apt-get install chromium)\n',
  )
}

describe.skipIf(!hasChromium)('GraphiQL in a real browser', () => {
  const outside: string[] = []
  const problems: string[] = []
  let [browser, page]: [Browser?, Page?] = []
  let url: string

  beforeAll(async () => {
    const served = await serveBuiltIn({ graphiql: { token: testToken, tabs: graphiqlTabs } })
    url = served.url
    const { origin } = new URL(url)
    browser = await openChromium()
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url()) && !request.url().startsWith(origin)) outside.push(request.url())
    })
    page.on('pageerror', (error) => problems.push(String(error)))
    await page.goto(url)
    await page.locator('.graphiql-tab').first().waitFor()
  }, 90_000)
  afterAll(() => browser?.close())

  /** Opens a tab, presses "execute", and gives what came. */
  async function runTab(name: string) {
    const open = page as Page
    // By keyboard: the tabs can be dragged, and a mouse that jumps onto one is now and then taken for that.
    await open.locator('.graphiql-tab-button', { hasText: new RegExp(`^${name}$`) }).press('Enter')
    const editor = open.locator('.graphiql-query-editor .view-lines').first()
    await expect
      .poll(async () => (await editor.innerText()).replaceAll('\u00a0', ' '), { timeout: 10_000 })
      .toContain(`query ${name}`)
    const response = await pressExecute(open)
    expect(response.request().postData()).toContain(`query ${name}`)
    const body = (await response.json()) as { data: never; errors?: unknown }
    await expect.poll(() => open.locator('.result-window').innerText()).toMatch(/"data"|"errors"/)
    return body
  }
  /** The button means "stop" while an answer is on its way, and a press just then is lost: pressed again if nothing comes. */
  async function pressExecute(open: Page, attemptsLeft = 10): Promise<Response> {
    const sent = open.waitForRequest((request) => request.method() === 'POST', { timeout: 800 }).catch(() => null)
    await open.locator('button[aria-label^="Execute query"]').click()
    const response = await (await sent)?.response()
    if (response) return response
    if (attemptsLeft === 1) throw new Error('GraphiQL sent nothing')
    return pressExecute(open, attemptsLeft - 1)
  }
  const namesOfTabs = graphiqlTabs.map((tab) => /(?:query|subscription) (\w+)/.exec(tab)?.[1] as string)
  const namesOfQueries = namesOfTabs.filter((name) => name !== 'Live')

  test('opens with every example tab', async () => {
    const shown = await (page as Page).locator('.graphiql-tab-button').allTextContents()
    expect(shown).toEqual(namesOfTabs)
  })

  test('runs the inbox with the token that is already there and shows tickets of all five vendors', async () => {
    const { data, errors } = await runTab('Inbox')
    expect(errors).toBeUndefined()
    const { nodes } = (data as { tickets: { nodes: { backend: { vendor: { key: string } } }[] } }).tickets
    expect([...new Set(nodes.map(({ backend }) => backend.vendor.key))].sort()).toEqual([
      'alibaba',
      'chatwoot',
      'comm100',
      'deskhero',
      'onebox',
    ])
    await expect.poll(() => (page as Page).locator('.result-window').innerText()).toContain('totalCount')
  })

  test.each(namesOfQueries.slice(1))('runs %s without an error', async (name) => {
    const { data, errors } = await runTab(name)
    expect(errors).toBeUndefined()
    expect(data).toBeTypeOf('object')
  })

  test('knows the schema: it shows the documentation of our types', async () => {
    await (page as Page).locator('button[aria-label*="Documentation"]').first().click()
    await expect
      .poll(() => (page as Page).locator('.graphiql-doc-explorer').innerText(), { timeout: 10_000 })
      .toMatch(/Query/)
  })

  test('asked nobody but us, and nothing in the page failed', async () => {
    expect(outside).toEqual([])
    expect(problems).toEqual([])
    expect((await (page as Page).locator('body').innerText()).length).toBeGreaterThan(0)
  })
})

test('GraphiQL is tried in a browser where one is installed', () => {
  // Passes either way; the line above says which it was.
  expect(typeof hasChromium).toBe('boolean')
})
