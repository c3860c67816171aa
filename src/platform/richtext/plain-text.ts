/** Plain text and what is made of it. Cheap and safe on any text, so no worker is needed. */

/** Whitespace folded, at most `length` characters; an ellipsis shows that there was more. */
export function previewOf(text: string, length = 200): string {
  // Four times as much is enough to look at, also where much of it is whitespace.
  const folded = text
    .slice(0, length * 4)
    .replace(/\s+/g, ' ')
    .trim()
  const isWhole = folded.length <= length && text.length <= length * 4
  if (isWhole) return folded
  const cut = folded.slice(0, length - 1)
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

const WORDS_PER_MINUTE = 220
const CHINESE_CHARACTERS_PER_MINUTE = 400

/** Minutes to read a text, at least one unless it is empty; scripts without spaces are counted by characters. */
export function readMinutesOf(text: string): number {
  if (text.trim() === '') return 0
  const characters = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0
  const words = text.match(/[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu)?.length ?? 0
  return Math.max(1, Math.round(characters / CHINESE_CHARACTERS_PER_MINUTE + words / WORDS_PER_MINUTE))
}

const LINK = /https?:\/\/[^\s<>"'`{}|\\^]{1,2000}/gi
/** Ends a sentence rather than a link. */
const TRAILING_MARKS = /[.,;:!?)\]]{1,20}$/

/** Text as HTML: escaped, its lines kept, its web addresses made links. */
export function htmlOfText(text: string): string {
  let html = ''
  let position = 0
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TRAILING_MARKS, '')
    const escaped = escapeHtml(address)
    html += escapeHtml(text.slice(position, match.index))
    html += `<a href="${escaped}" rel="noopener noreferrer nofollow" target="_blank">${escaped}</a>`
    position = match.index + address.length
  }
  return (html + escapeHtml(text.slice(position))).replace(/\r\n|\r|\n/g, '<br>')
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

const BLOCK_END = /<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6]|\/blockquote)\b[^<>]{0,1000}>/gi
const TAG = /<[^<>]{0,10000}>/g
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/**
 * The text of HTML by cutting the tags out: for HTML that could not be parsed in time, and for short inline markup.
 * Not a sanitiser: show the result as text only.
 */
export function roughTextOf(html: string): string {
  return html
    .replace(BLOCK_END, '\n')
    .replace(TAG, '')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi, (entity, decimal, hex, name) => {
      if (name) return NAMED[name.toLowerCase()] ?? entity
      const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity
    })
}
