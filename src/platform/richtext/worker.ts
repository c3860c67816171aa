/** Runs in a worker thread. `place` is shared with the pool, which ends the thread when one item takes too long. */
import { compile } from 'html-to-text'
import { uncleanHtmlOfEditorjs } from './editorjs.ts'
import { sanitise } from './policy.ts'
import { quotedTextOf } from './quoted-text.ts'

/** One body: HTML, an Editor.js document, or a plain text whose quoted part is wanted. */
export type Item = { html?: string | null; editorjs?: unknown; text?: string | null }
export type CleanItem = { html: string | null; text: string; quotedText: string | null }
export type Batch = { items: Item[]; place: Int32Array }

export default function cleanBatch({ items, place }: Batch): CleanItem[] {
  return items.map((item, index) => {
    Atomics.store(place, 0, index)
    return cleanItem(item)
  })
}

function cleanItem({ html, editorjs, text }: Item): CleanItem {
  const clean = html != null ? sanitise(html) : editorjs != null ? sanitise(uncleanHtmlOfEditorjs(editorjs)) : null
  const plain = text ?? (clean === null ? '' : textOf(clean))
  return { html: clean, text: plain, quotedText: quotedTextOf(plain) }
}

const textOf = compile({
  wordwrap: false,
  limits: { maxDepth: 120, ellipsis: '' },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['<', '>'] } },
    { selector: 'img', format: 'skip' },
    { selector: 'hr', format: 'blockString', options: { string: '---' } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'blockquote', options: { trimEmptyLines: false } },
  ],
})
