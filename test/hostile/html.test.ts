/** What is named HTML, in a real browser without any policy of its own: nothing runs, nothing is loaded, nothing stands out. */
import { afterAll, expect, test } from 'vitest'
import { openHtmlCleaner } from '#platform/richtext/clean-html.ts'
import { htmlOfMarkdown } from '#platform/richtext/markdown.ts'
import { htmlOfText } from '#platform/richtext/plain-text.ts'
import { highlighted } from '#platform/search/highlight.ts'
import { searchTextOf } from '#platform/search/words.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { vectors } from './vectors.ts'

const cleaner = openHtmlCleaner()
afterAll(() => cleaner.close())

if (!hasChromium) process.stderr.write('Hostile HTML was NOT tried in a browser: no Chromium or Chrome is installed\n')

/** An Editor.js document that has the vector wherever words or addresses can be. */
const documentOf = (vector: string) => ({
  blocks: [
    { type: 'paragraph', data: { text: vector } },
    { type: 'header', data: { text: vector, level: vector } },
    { type: 'list', data: { style: vector, items: [vector, { content: vector, items: [{ content: vector }] }] } },
    { type: 'quote', data: { text: vector, caption: vector, alignment: vector } },
    { type: 'code', data: { code: vector } },
    { type: 'image', data: { file: { url: vector }, url: vector, caption: vector } },
    { type: 'embed', data: { service: vector, embed: vector, caption: vector } },
    { type: 'table', data: { content: [[vector]] } },
    { type: vector, data: { text: vector, html: vector } },
  ],
})

async function everythingNamedHtml(): Promise<Record<string, string[]>> {
  const html = vectors.map((vector) => ({ html: vector }))
  const lone = openHtmlCleaner({ batchDeadlineMs: 0 })
  const [fromHtml, fromEditorjs, fromMarkdown, givenUp] = await Promise.all([
    cleaner.clean(html),
    cleaner.clean(vectors.map((vector) => ({ editorjs: documentOf(vector) }))),
    cleaner.clean(
      vectors.map((vector) => ({ html: htmlOfMarkdown(`${vector}\n\n[x](${vector} "${vector}")\n\n![y](${vector})`) })),
    ),
    lone.clean([{ html: vectors.join('\n').repeat(20) }]),
  ])
  await lone.close()
  const shown = (items: { html: string | null }[]) => items.map((item) => item.html ?? '')
  const { words } = searchTextOf('query', 'ran img script')
  return {
    html: shown(fromHtml),
    'Editor.js': shown(fromEditorjs),
    Markdown: shown(fromMarkdown),
    'given up': shown(givenUp),
    'cleaned twice': shown(await cleaner.clean(fromHtml.map((item) => ({ html: item.html })))),
    'plain text': vectors.map(htmlOfText),
    'text of it': fromHtml.map(({ text }) => htmlOfText(text)),
    snippet: vectors.map((vector) => highlighted(`img ${vector} img`, words) ?? ''),
  }
}

test.skipIf(!hasChromium)(
  `of ${vectors.length} vectors none gets through, in whatever becomes HTML`,
  async () => {
    const kinds = await everythingNamedHtml()
    const browser = await openChromium()
    try {
      const page = await browser.newPage()
      const asked: string[] = []
      await page.route('**', (route) => {
        const address = route.request().url()
        if (address === 'http://page.example/')
          return route.fulfill({ contentType: 'text/html', body: documentWith(kinds) })
        asked.push(address)
        return route.abort()
      })
      page.on('dialog', (dialog) => dialog.dismiss())
      await page.goto('http://page.example/')
      const ownScripts = 1
      expect(await page.evaluate(() => [(window as unknown as Judged).ranBy, document.scripts.length])).toEqual([
        [],
        ownScripts,
      ])

      const found = await page.evaluate(judge, kinds)
      expect(found.offences).toEqual([])
      expect(found.count).toBe(Object.values(kinds).flat().length)
      expect([await page.evaluate(() => (window as unknown as Judged).ranBy), asked]).toEqual([[], []])

      // That the judge sees what it should: some of the vectors as they came.
      const guilty = await page.evaluate(judge, {
        raw: vectors.slice(0, 120).filter((vector) => !/http-equiv|<base/.test(vector)),
      })
      expect(guilty.offences.length).toBeGreaterThan(100)
      await page.waitForFunction(() => (window as unknown as Judged).ranBy.length > 20)
      expect(asked.length).toBeGreaterThan(10)
    } finally {
      await browser.close()
    }
  },
  60_000,
)

type Judged = Window & { ranBy: string[]; ran(): void }

/** Everything as it would stand in a page that a server writes, scripts on. */
function documentWith(kinds: Record<string, string[]>): string {
  const bodies = Object.values(kinds)
    .flat()
    .map((html) => `<div>${html}</div>`)
  return `<!doctype html><meta charset=utf-8><script>ranBy=[];ran=()=>ranBy.push('document')</script><main>${bodies.join('\n')}</main>`
}

/** Runs in the browser: sets each piece as a console would, again and again, touches it, and looks at what it became. */
function judge(kinds: Record<string, string[]>) {
  const judged = window as unknown as Judged
  const known =
    /^(a|abbr|address|b|bd[io]|big|blockquote|br|caption|center|cite|code|col|colgroup|d[dlt]|del|details|dfn|div|em|fig(ure|caption)|h[1-6r]|i|img|ins|kbd|li|mark|ol|p|pre|q|s|samp|small|span|strike|strong|su[bp]|summary|table|tbody|t[dhrt]|tfoot|thead|u|ul|var|wbr)$/
  const harmless =
    /^(href|rel|target|title|alt|width|height|data-original|data-cid|start|colspan|rowspan|align|dir|lang)$/
  const offences: string[] = []
  let count = 0

  function look(root: ParentNode, place: string) {
    for (const element of root.querySelectorAll('*')) {
      const isKnown = element.namespaceURI === 'http://www.w3.org/1999/xhtml' && known.test(element.localName)
      if (!isKnown) offences.push(`${place}: <${element.localName}>`)
      for (const { name, value } of element.attributes)
        if (!harmless.test(name)) offences.push(`${place}: ${name}=${value}`)
      if (!(element instanceof HTMLAnchorElement) || !element.hasAttribute('href')) continue
      const isSafe = /^(https?|mailto|tel):$/.test(element.protocol) && element.host !== 'outside.example'
      if (!isSafe && !/^https?:\/\//.test(element.getAttribute('href') ?? ''))
        offences.push(`${place}: ${element.href}`)
      if (element.rel !== 'noopener noreferrer nofollow' || element.target !== '_blank') offences.push(`${place}: rel`)
    }
  }

  for (const [kind, pieces] of Object.entries(kinds)) {
    for (const [index, html] of pieces.entries()) {
      count++
      const place = `${kind} ${index}`
      judged.ran = () => judged.ranBy.push(place)
      const box = document.createElement('div')
      document.body.append(box)
      box.innerHTML = html
      look(box, place)
      // What a browser writes back may be read differently the second time.
      for (const _again of [1, 2]) box.innerHTML = String(box.innerHTML)
      look(box, `${place} again`)
      const inTable = document.createElement('table')
      inTable.innerHTML = `<tr><td>${html}</td></tr>`
      look(inTable, `${place} in a table`)
      look(new DOMParser().parseFromString(html, 'text/html').body, `${place} parsed`)
      for (const element of box.querySelectorAll<HTMLElement>('*')) {
        if (element.localName !== 'a') element.click?.()
        for (const type of ['mouseover', 'focus', 'pointerenter', 'animationstart', 'toggle'])
          element.dispatchEvent(new Event(type, { bubbles: true }))
      }
      box.remove()
    }
  }
  return { offences, count }
}
