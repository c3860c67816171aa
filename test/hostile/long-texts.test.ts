/** Texts made to keep patterns busy: every function that reads what strangers wrote takes linear time. */
import { expect, test } from 'vitest'
import { decodedText } from '#connectors/comm100/body.ts'
import { htmlOfPlain, readBody } from '#connectors/deskhero/body.ts'
import { parseJson } from '#connectors/http.ts'
import { fileName, mediaType, shownFileName } from '#domain/attachments/announced.ts'
import { withPictures } from '#flows/deliver/outgoing-messages.ts'
import { withoutNoise } from '#platform/language/without-noise.ts'
import { countRemotePictures } from '#platform/pictures/remote.ts'
import { textOfEditorjs } from '#platform/richtext/editorjs.ts'
import { htmlOfText, previewOf, readMinutesOf, roughTextOf } from '#platform/richtext/plain-text.ts'
import { hasQuoteMarker } from '#platform/richtext/quoted-text.ts'
import { highlighted } from '#platform/search/highlight.ts'
import { searchTextOf } from '#platform/search/words.ts'

const { words } = searchTextOf('query', 'ab "cd ef" 中文 x1')
const readers: Record<string, (text: string) => unknown> = {
  previewOf,
  readMinutesOf,
  htmlOfText,
  roughTextOf,
  hasQuoteMarker,
  withoutNoise,
  withPictures,
  countRemotePictures,
  fileName,
  shownFileName,
  mediaType,
  decodedText: (text) => decodedText(`data:text/plain;base64,${text}`),
  readBody: (text) => readBody({ html: text, plain_preview: text }),
  htmlOfPlain,
  textOfEditorjs: (text) => textOfEditorjs({ blocks: [{ type: 'paragraph', data: { text } }] }),
  highlighted: (text) => highlighted(text, words),
  parseJson: (text) => parseJson(JSON.stringify(`\0${text}`)),
}

const pieces = [
  ...[
    ' ',
    '\n',
    '\t',
    '. ',
    '<',
    '>',
    '&',
    '&#',
    '&#x',
    '<a',
    '<img',
    '<img data-original="',
    '<!--',
    '<style>',
    '</p',
  ],
  ...[
    'a',
    'a.',
    'a@',
    '@a',
    'http://',
    'https://a.,',
    'www.',
    '{{',
    '-',
    '1',
    '1a',
    'a1',
    '=',
    '= ',
    '"',
    "'",
    '中',
    '文1',
  ],
  ...[
    'ab',
    'cd ef ',
    '> ',
    'On ',
    'wrote:',
    '____',
    '\u202e',
    '\u00a0',
    '\ud800',
    '😀',
    'é',
    '\\',
    '%',
    '../',
    'con.',
    '/',
  ],
]

/** What takes quadratic time takes 10 s and more. */
test('200,000 characters of anything are read in a moment', () => {
  const slow: string[] = []
  const took = (read: (text: string) => unknown, text: string) => {
    const startedAt = performance.now()
    read(text)
    return performance.now() - startedAt
  }
  for (const piece of pieces) {
    const text = `a${piece.repeat(200_000 / piece.length)}!`
    for (const [name, read] of Object.entries(readers)) {
      // Again where the machine may have been busy with something else.
      const ms = took(read, text) < 300 ? 0 : Math.min(took(read, text), took(read, text))
      if (ms > 300) slow.push(`${name} ${JSON.stringify(piece)} ${Math.round(ms)} ms`)
    }
  }
  expect(slow).toEqual([])
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\boot.ini', 'boot.ini'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['a\u0000b\r\nSet-Cookie: x.txt', 'abSet-Cookie: x.txt'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['lpt1.tar.gz', '_lpt1.tar.gz'],
  ['console.log', 'console.log'],
  ['page.html. . .', 'page.html'],
  ['..', 'file'],
  ['', 'file'],
  [`${'x'.repeat(400)}.tar.gz`, `${'x'.repeat(251)}….gz`],
])('the name %j of a file is shown as %j', (given, shown) => {
  expect(shownFileName(given)).toBe(shown)
})
