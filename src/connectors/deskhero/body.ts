/**
 * Reads DeskHero's rich text, and writes plain text into it. What is kept of `html`, `plain_preview` and `editorjs` is
 * exactly as it came.
 */
import type { BodyRecord, Json } from '#connectors/contract.ts'
import type { OutgoingBody } from '#connectors/operations.ts'
import { intOf, objectOf, textOf } from '#connectors/reading.ts'
import type { MessageContentType } from '#vocabulary.ts'

/**
 * Source: seed page, DTO_rich_text (SEEN). `plain_preview` may be shortened (INFERRED), so it counts as the exact text
 * only when it has every letter of the HTML. Blocks are read only when there is neither HTML nor preview.
 */
export function readBody(value: unknown): { body: BodyRecord; contentType: MessageContentType } {
  if (typeof value === 'string')
    return /<[a-z!/]/i.test(value) ? readBody({ html: value }) : readBody({ plain_preview: value })
  const rich = objectOf(value)
  const html = textOf(rich?.html)
  const carried = html === null ? null : textOfDataUri(html)
  if (carried !== null) return { body: { text: carried }, contentType: 'TEXT' }
  const preview = textOf(rich?.plain_preview)
  const editorjs = objectOf(rich?.editorjs)
  const body: BodyRecord = {}
  if (html !== null) body.html = html
  if (editorjs) body.editorjs = editorjs
  const readMinutes = intOf(rich?.read_minutes)
  if (readMinutes !== null) body.readMinutes = readMinutes
  const plain = html === null ? null : plainIn(html)
  if (plain !== null) body.text = plain
  else if (preview !== null && isWhole(preview, html)) body.text = preview
  if (html !== null) return { body, contentType: 'HTML' }
  if (preview !== null) return { body, contentType: 'TEXT' }

  const written = linesOf(editorjs?.blocks, textOfInline) || linesOf(objectOf(rich?.tiptap)?.content, (text) => text)
  if (written) body.text = written
  return { body, contentType: editorjs ? 'EDITORJS' : 'TEXT' }
}

/** An empty body: no text of any kind. */
export function isBlank(body: BodyRecord): boolean {
  return !body.html && !body.text && !body.editorjs
}

/** Plain text as a paragraph that shows, and gives back, every character of it. */
export function htmlOfPlain(text: string): string {
  const escaped = text.replace(/[&<>"\r]/g, (character) => escapes[character] as string)
  return `${plainStart}${escaped.replaceAll('\n', '<br>')}</p>`
}

export function dataUriOf(text: string): string {
  return `${dataPrefix}${Buffer.from(text, 'utf8').toString('base64')}`
}

/** Whether an entry's content has all that was written, whatever markup and white space became of it. */
export function hasAllOf(content: unknown, written: OutgoingBody): boolean {
  const { html, text } = readBody(content).body
  const letters = (value: string) => value.replace(/\s+/g, '')
  const found = letters(html ? textOfHtml(html) : (text ?? ''))
  return found.includes(letters(written.html ? textOfHtml(written.html) : written.text))
}

const plainStart = '<p style="white-space: pre-wrap">'
const dataPrefix = 'data:text/plain;base64,'
const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' }

/** The text that `htmlOfPlain` made HTML of, also where a passed-on message follows it; null for any other HTML. */
function plainIn(html: string): string | null {
  const start = /^<p style="white-space: ?pre-wrap;?">/.exec(html)?.[0]
  const end = html.indexOf('</p>')
  if (!start || end < 0) return null
  const rest = html.slice(end + '</p>'.length)
  if (rest !== '' && !rest.startsWith('<blockquote type="cite">')) return null
  const inner = html.slice(start.length, end).replace(/<br ?\/?>/g, '\n')
  return inner.includes('<') ? null : decoded(inner)
}

function textOfDataUri(html: string): string | null {
  const base64 = html.startsWith(dataPrefix) ? html.slice(dataPrefix.length) : ''
  if (!/^[a-z0-9+/]+={0,2}$/i.test(base64)) return null
  return Buffer.from(base64, 'base64').toString('utf8')
}

/** Whether the preview has all the text: every character but white space, which HTML treats as it likes. */
function isWhole(preview: string, html: string | null): boolean {
  if (html === null) return true
  const letters = textOfHtml(html).replace(/\s+/g, '')
  return letters === '' || letters === preview.replace(/\s+/g, '')
}

/**
 * The text of HTML as far as a comparison needs it: without tags, comments and what is never shown, in linear time for
 * any input. An entity or a tag it does not understand only makes the comparison fail.
 */
function textOfHtml(html: string): string {
  let text = ''
  let at = 0
  for (;;) {
    const open = html.indexOf('<', at)
    if (open < 0) return decoded(text + html.slice(at))
    text += html.slice(at, open)
    if (!isTagStart(html.charCodeAt(open + 1))) {
      text += '<'
      at = open + 1
      continue
    }
    const isComment = html.startsWith('<!--', open)
    const close = isComment ? html.indexOf('-->', open + 4) : html.indexOf('>', open)
    if (close < 0) return decoded(text)
    at = close + (isComment ? 3 : 1)
    const unseen = /^<(style|script|head|title|template)[\s>]/i.exec(html.slice(open, open + 10))?.[1]
    if (!unseen) continue
    const end = new RegExp(`</${unseen}`, 'gi')
    end.lastIndex = at
    at = end.exec(html)?.index ?? html.length
  }
}

/** A letter, `/`, `!` or `?`: any other `<` is text. */
function isTagStart(code: number): boolean {
  const lower = code | 32
  return (lower >= 97 && lower <= 122) || code === 47 || code === 33 || code === 63
}

const named: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  bull: '•',
  middot: '·',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
  euro: '€',
  pound: '£',
  copy: '©',
  reg: '®',
  trade: '™',
  deg: '°',
  times: '×',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  ccedil: 'ç',
  aring: 'å',
  Aring: 'Å',
  oslash: 'ø',
  ntilde: 'ñ',
}

function decoded(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,6}));/gi, (entity, hex, decimal, name) => {
    if (name) return Object.hasOwn(named, name) ? (named[name] as string) : entity
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity
  })
}

/** Text in blocks of Editor.js is inline HTML. */
function textOfInline(text: string): string {
  return textOfHtml(text.replace(/<br\s{0,9}\/?>/gi, '\n'))
}

const textKeys = ['text', 'content', 'items', 'code', 'caption', 'message', 'title']

/** The text of a document's blocks, a line each; `''` when there is none. */
function linesOf(blocks: Json | undefined, read: (text: string) => string): string {
  if (!Array.isArray(blocks)) return ''
  return blocks
    .map((block) => textsOf(objectOf(block)?.data ?? block, read, 0))
    .filter((line) => line !== '')
    .join('\n')
}

function textsOf(value: Json | undefined, read: (text: string) => string, depth: number): string {
  if (typeof value === 'string') return read(value)
  if (depth > 16 || typeof value !== 'object' || value === null) return ''
  if (Array.isArray(value)) {
    const isRun = value.every((item) => objectOf(item)?.type === 'text' || objectOf(item)?.type === 'hardBreak')
    const parts = value.map((item) => (objectOf(item)?.type === 'hardBreak' ? '\n' : textsOf(item, read, depth + 1)))
    return isRun ? parts.join('') : parts.filter((part) => part !== '').join('\n')
  }
  return textKeys
    .map((key) => (Object.hasOwn(value, key) ? textsOf(value[key], read, depth + 1) : ''))
    .filter((part) => part !== '')
    .join('\n')
}
