/** GraphiQL as a newcomer meets it: in a real browser, with nothing but our own origin. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Locator, Page, Request, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphiqlTabs } from '../../src/graphiql-tabs.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { testToken } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

const NOTE = 'mutation ($input: NoteAddInput!) { noteAdd(input: $input) { errors { code message } } }'

if (!hasChromium) {
  process.stderr.write(
    'GraphiQL was NOT tried in a browser: no Chromium or Chrome is installed (apt-get install chromium)\n',
  )
}

describe.skipIf(!hasChromium)('GraphiQL in a real browser', () => {
  const outside: string[] = []
  const problems: string[] = []
  let [browser, page]: [Browser?, Page?] = []
  let served: Awaited<ReturnType<typeof serveBuiltIn>>

  beforeAll(async () => {
    served = await serveBuiltIn({ graphiql: { token: testToken, tabs: graphiqlTabs } })
    const { origin } = new URL(served.url)
    browser = await openChromium()
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    page.on('request', (request) => {
      if (/^(https?|wss?):/.test(request.url()) && !request.url().startsWith(origin)) outside.push(request.url())
    })
    page.on('pageerror', (error) => problems.push(String(error)))
    await page.goto(served.url)
    await page.locator('.graphiql-tab').first().waitFor()
  }, 90_000)
  afterAll(() => browser?.close())

  /** Opens a tab and waits until it can be run. */
  async function openTab(name: string) {
    const open = page as Page
    const named = new RegExp(`^${name}$`)
    // By keyboard: the tabs can be dragged, and a mouse that jumps onto one is now and then taken for that.
    await open.locator('.graphiql-tab-button', { hasText: named }).press('Enter')
    await open.locator('.graphiql-tab-active .graphiql-tab-button', { hasText: named }).waitFor()
    const editor = open.locator('.graphiql-query-editor .view-lines').first()
    await expect.poll(() => textOf(editor), { timeout: 10_000 }).toMatch(new RegExp(`(query|subscription) ${name}\\b`))
  }
  /** Opens a tab, presses "execute", and gives what came. */
  async function runTab(name: string) {
    await openTab(name)
    const response = await pressExecute((request) => request.postData()?.includes(`query ${name}`) === true)
    const body = (await response.json()) as { data: never; errors?: unknown }
    await expect.poll(resultShown).toMatch(/"data"|"errors"/)
    return body
  }
  /** Right after a tab was opened a press may be lost, so it is pressed until something is sent. While that is under way the button means "stop". */
  async function pressExecute(isExpected: (request: Request) => boolean): Promise<Response> {
    const open = page as Page
    let isOver = false
    const sent = open.waitForRequest(isExpected, { timeout: 15_000 }).finally(() => {
      isOver = true
    })
    while (!isOver) {
      const pressed = open.locator('button[aria-label^="Execute query"]').press('Enter', { timeout: 500 })
      await pressed.catch(() => {})
      await Promise.race([sent, sleep(500)])
    }
    return (await (await sent).response()) as Response
  }
  const resultShown = () => textOf((page as Page).locator('.result-window'))
  const textOf = async (shown: Locator) => (await shown.innerText()).replaceAll('\u00a0', ' ')
  async function addNote() {
    const page = await served.ask('{ tickets(first: 1) { nodes { id } } }')
    const [ticket] = (page.data as { tickets: { nodes: { id: string }[] } }).tickets.nodes
    const input = { ticketId: ticket?.id, body: { markdown: 'Seen while it happens' } }
    const { data } = await served.ask(NOTE, { input })
    expect(data).toMatchObject({ noteAdd: { errors: [] } })
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
    await expect.poll(resultShown).toContain('totalCount')
  })

  test.each(namesOfQueries.slice(1))('runs %s without an error', async (name) => {
    const { data, errors } = await runTab(name)
    expect(errors).toBeUndefined()
    expect(data).toBeTypeOf('object')
  })

  test('runs a subscription: what happens from then on is shown, until it is stopped', async () => {
    await openTab('Live')
    const isStream = (request: Request) => request.headers().accept?.includes('text/event-stream') === true
    expect((await pressExecute(isStream)).status()).toBe(200)
    const stop = (page as Page).locator('button[aria-label^="Stop query"]')
    await stop.waitFor()
    await addNote()
    await expect
      .poll(resultShown, { timeout: 10_000 })
      .toMatch(/"ticketEvents": \{\s+"__typename": "(Ticket|Message)Event"/)
    await stop.press('Enter')
    await (page as Page).locator('button[aria-label^="Execute query"]').waitFor()
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
