import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, expect, test } from 'vitest'
import { openHtmlCleaner } from '#platform/richtext/clean-html.ts'
import { textOfEditorjs } from '#platform/richtext/editorjs.ts'
import { htmlOfText, previewOf, readMinutesOf } from '#platform/richtext/plain-text.ts'

const cleaner = openHtmlCleaner()
afterAll(() => cleaner.close())

async function cleanOne(html: string) {
  const [item] = await cleaner.clean([{ html }])
  if (!item) throw new Error('nothing came back')
  return item
}

test.each([
  ['<script>alert(1)</script>Hi', 'Hi'],
  ['<img src=x onerror=alert(1)>', '<img />'],
  ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
  ['<a href=" java\tscript:alert(1)">x</a>', '<a>x</a>'],
  ['<a href="data:text/html,x">x</a>', '<a>x</a>'],
  ['<a href="//evil.example">x</a>', '<a>x</a>'],
  ['<svg><a xlink:href="javascript:alert(1)">x</a></svg>y', 'y'],
  ['<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>', ''],
  ['<iframe src="https://x"></iframe><object data="x"></object><embed src="x">', ''],
  ['<form action="https://x"><input name=a><button>b</button></form>', 'b'],
  ['<style>@import url(https://x)</style><p style="background:url(https://x)" class="a" id="b">t</p>', '<p>t</p>'],
  ['<base href="https://x"><meta http-equiv="refresh" content="0;url=https://x"><link rel=stylesheet href=x>t', 't'],
  ['<video src="https://x"></video><audio src="x"></audio><picture><source srcset="x"></picture>', ''],
  ['<noscript><p title="</noscript><img src=x onerror=alert(1)>">', ''],
  [
    '<table background="https://x"><tr><td background="https://x">c</td></tr></table>',
    '<table><tr><td>c</td></tr></table>',
  ],
])('%s is made harmless', async (html, expected) => {
  expect((await cleanOne(html)).html?.replace(/"&gt;$|<p><\/p>/g, '').trim()).toBe(expected)
})

test('links open elsewhere and tell nothing; pictures are loaded only on request', async () => {
  const { html } = await cleanOne(
    '<a href="https://x.example/?a=1&b=2">x</a><img src="https://t.example/p.gif" alt="A" width=1><img src="CID:ab@c">',
  )
  expect(html).toBe(
    '<a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow" target="_blank">x</a>' +
      '<img data-original="https://t.example/p.gif" alt="A" width="1" /><img data-cid="ab@c" />',
  )
})

test('the text keeps lines, lists and quotes, and the quoted part is told apart', async () => {
  const { text, quotedText } = await cleanOne(
    '<p>Thanks!<br>Ann</p><ul><li>one</li></ul><div>On Mon, Nov 1, 2021 at 10:00 Bob &lt;b@x.de&gt; wrote:</div><blockquote>Hello<br>you</blockquote>',
  )
  expect(text).toBe('Thanks!\nAnn\n\n * one\n\nOn Mon, Nov 1, 2021 at 10:00 Bob <b@x.de> wrote:\n\n> Hello\n> you')
  expect(quotedText).toContain('> Hello\n> you')
  expect((await cleanOne('<p>No quote</p>')).quotedText).toBeNull()
})

test.each([
  ['a nest of 300 kB', '<b>'.repeat(100_000)],
  ['a nest below the limit of tags', '<table><tr><td>'.repeat(6600)],
  ['attributes', `<p ${'a=1 '.repeat(90_000)}>x`],
  ['unclosed formatting', '<b><i><u><p>'.repeat(4900)],
  ['2 MB', '<p>x</p>'.repeat(250_000)],
  ['angle brackets', '<'.repeat(390_000)],
  ['a quote pattern gone wrong', `<p>${'Op x<br>'.repeat(2400)}schreef`],
])('%s does not hold up the event loop, and is shown in bounded time', async (_name, html) => {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  await cleaner.clean([{ html: 'warm' }])
  delay.enable()
  const startedAt = performance.now()
  const item = await cleanOne(html)
  delay.disable()
  expect(performance.now() - startedAt).toBeLessThan(4000) // 1.2 s on a quiet machine
  expect(delay.max / 1e6).toBeLessThan(250)
  expect(item.html).not.toMatch(/<(script|b>){50}/)
})

test('one item that takes too long costs only itself', async () => {
  const strict = openHtmlCleaner({ threads: 1, itemDeadlineMs: 150 })
  await strict.clean([{ html: 'warm' }])
  const items = [{ html: '<i>a</i>' }, { html: `${'<table><tr><td>'.repeat(6600)}slow` }, { html: '<i>c</i>' }]
  const [first, slow, last] = await strict.clean(items)
  expect([first?.html, last?.html]).toEqual(['<i>a</i>', '<i>c</i>'])
  expect(slow).toMatchObject({ isFallback: strict.fallbackCount() === 1 })
  await strict.close()
})

test('Editor.js becomes clean HTML and text, whatever its blocks are', async () => {
  const document = {
    blocks: [
      { type: 'paragraph', data: { text: 'Hello <b>you</b><script>alert(1)</script>' } },
      { type: 'list', data: { style: 'unordered', items: ['a', { content: 'b', items: [] }] } },
      { type: 'image', data: { file: { url: 'https://x.example/a.png' }, caption: '"><script>1</script>' } },
      ...[
        { type: 'embed', data: { service: 'youtube', embed: 'javascript:1' } },
        { type: 'new', data: { text: 'other' } },
      ],
      ...[{ type: 'list', data: null }, { type: 'list', data: {} }, 7, { type: '__proto__', data: { text: 'p' } }],
    ],
  }
  const [item] = await cleaner.clean([{ editorjs: document }])
  expect(item?.html).not.toMatch(/script|iframe|src=/)
  expect(item?.html).toContain('<p>Hello <b>you</b></p>')
  expect(item?.html).toContain('data-original="https://x.example/a.png"')
  expect(textOfEditorjs(document)).toContain('Hello you')
  expect(textOfEditorjs('nonsense')).toBe('')
})

test('text as HTML is escaped, its lines kept, its links safe', () => {
  expect(htmlOfText('<b> & "x"\r\nsee https://x.example/?a=1&b="2". javascript:alert(1)')).toBe(
    '&lt;b&gt; &amp; &quot;x&quot;<br>see <a href="https://x.example/?a=1&amp;b=" rel="noopener noreferrer nofollow" target="_blank">' +
      'https://x.example/?a=1&amp;b=</a>&quot;2&quot;. javascript:alert(1)',
  )
})

test('a preview is one line of whole characters; reading takes at least a minute', () => {
  expect(previewOf(' a\n\n b\t', 10)).toBe('a b')
  expect(previewOf('x'.repeat(300))).toHaveLength(200)
  expect(previewOf('😀'.repeat(30), 20).isWellFormed()).toBe(true)
  expect([
    readMinutesOf(''),
    readMinutesOf('one'),
    readMinutesOf('word '.repeat(660)),
    readMinutesOf('读'.repeat(1200)),
  ]).toEqual([0, 1, 3, 3])
})
