/** Where the words of a search stand in a text: a piece of it as HTML that is safe to show. */
import { stemmer as indonesian } from '@orama/stemmers/indonesian'
import { hasNoSpaces, runs, type Word } from './words.ts'

/** About as long as two lines of a list. */
const snippetLength = 180
const leadLength = 50

type Span = { start: number; end: number }

/** The piece around the first word that was looked for, escaped, each such word in \`<mark>\`; null when none stands there. */
export function highlighted(text: string, words: Word[]): string | null {
  const spans = spansOf(text, words)
  const first = spans[0]
  if (!first) return null
  const { start, end } = pieceAround(text, first)
  let html = start > 0 ? '…' : ''
  let place = start
  for (const span of spans.filter((each) => each.start >= start && each.end <= end)) {
    html += `${escaped(text.slice(place, span.start))}<mark>${escaped(text.slice(span.start, span.end))}</mark>`
    place = span.end
  }
  html += escaped(text.slice(place, end)) + (end < text.length ? '…' : '')
  return html.replace(/\s+/g, ' ').trim()
}

/** In the order of the text; those that touch are one. */
function spansOf(text: string, words: Word[]): Span[] {
  const forms = words.flatMap((word) => word.forms)
  const pairs = forms.filter((form) => hasNoSpaces(form.text)).map((form) => form.text)
  const letters = forms.filter((form) => !hasNoSpaces(form.text)).map((form) => ({ ...form, text: folded(form.text) }))
  const isWanted = (run: string) =>
    letters.some(({ text: wanted, isPrefix }) =>
      wanted.startsWith('!') ? isOfRoot(run, wanted.slice(1)) : isPrefix ? run.startsWith(wanted) : run === wanted,
    )
  const found: Span[] = []
  for (const { 0: run, index } of text.matchAll(runs)) {
    // What is far behind the first one is not shown.
    if (found[0] && index > found[0].end + snippetLength) break
    if (hasNoSpaces(run))
      found.push(...pairsIn(run, pairs).map(({ start, end }) => ({ start: index + start, end: index + end })))
    else if (isWanted(folded(run))) found.push({ start: index, end: index + run.length })
  }
  return found.reduce<Span[]>((spans, span) => {
    const last = spans.at(-1)
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end)
    else spans.push(span)
    return spans
  }, [])
}

function pairsIn(run: string, pairs: string[]): Span[] {
  const spans: Span[] = []
  for (const pair of new Set(pairs))
    for (let start = run.indexOf(pair); start >= 0; start = run.indexOf(pair, start + 1))
      spans.push({ start, end: start + pair.length })
  return spans.sort((one, other) => one.start - other.start)
}

/** Only words that begin as Indonesian ones with a root inside do are kept by their root too. */
function isOfRoot(run: string, root: string): boolean {
  return /^(?:me|be|di|te|pe|ke|se)/.test(run) && run.length > 5 && indonesian(run) === root
}

function folded(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss')
}

/** Whole words, or whole characters where one word is longer than the piece. */
function pieceAround(text: string, first: Span): Span {
  const begin = Math.max(0, first.start - leadLength)
  const space = begin === 0 ? -1 : text.slice(begin, first.start).search(/\s/)
  const start = wholeCharacter(text, begin === 0 ? 0 : space < 0 ? begin : begin + space + 1)
  const limit = Math.min(text.length, Math.max(start + snippetLength, first.end))
  const lastSpace = limit === text.length ? limit : text.slice(first.end, limit).search(/\s\S*$/)
  return { start, end: wholeCharacter(text, limit === text.length || lastSpace < 0 ? limit : first.end + lastSpace) }
}

/** Never between the two halves of a surrogate pair. */
function wholeCharacter(text: string, place: number): number {
  const code = text.charCodeAt(place)
  return code >= 0xdc00 && code <= 0xdfff ? place + 1 : place
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
