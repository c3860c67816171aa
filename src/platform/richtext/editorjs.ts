/** Editor.js documents: a list of blocks, each with data of its own kind. What does not have that shape is skipped. */
import edjsHtml from 'editorjs-html'
import { escapeHtml, roughTextOf } from './plain-text.ts'

type Block = { type: string; data: Record<string, unknown> }

/** The plain text, one line for each block or item. */
export function textOfEditorjs(document: unknown): string {
  return blocksOf(document)
    .map(({ data }) => roughTextOf(linesOf(data).join('\n')))
    .filter((text) => text !== '')
    .join('\n')
}

/** HTML that is **not** safe yet (editorjs-html passes scripts through): only `clean-html.ts` shows it to anybody. */
export function uncleanHtmlOfEditorjs(document: unknown): string {
  return blocksOf(document).map(htmlOfBlock).join('\n')
}

// Its types say that the function is behind `default`; Node's import of CommonJS gives the function itself.
const parser = (edjsHtml as unknown as typeof edjsHtml.default)()
const KNOWN_BLOCKS = new Set(['code', 'delimiter', 'header', 'image', 'list', 'paragraph', 'quote'])

function htmlOfBlock(block: Block): string {
  try {
    if (block.type === 'code') return `<pre><code>${escapeHtml(String(block.data.code ?? ''))}</code></pre>`
    if (KNOWN_BLOCKS.has(block.type)) return String(parser.parseBlock(block as never) ?? '')
  } catch {
    // Data of another shape than the block's type promises: its text is still worth showing.
  }
  return linesOf(block.data)
    .map((line) => `<p>${line}</p>`)
    .join('')
}

function blocksOf(document: unknown): Block[] {
  const blocks = (document as { blocks?: unknown } | null)?.blocks
  if (!Array.isArray(blocks)) return []
  return blocks.filter(
    (block) => typeof block?.type === 'string' && typeof block.data === 'object' && block.data !== null,
  )
}

/** Where the kinds of blocks keep their words. */
const TEXT_KEYS = ['title', 'text', 'content', 'items', 'caption', 'code', 'message']

function linesOf(data: unknown): string[] {
  if (typeof data === 'string') return data === '' ? [] : [data]
  if (Array.isArray(data)) return data.flatMap(linesOf)
  if (typeof data !== 'object' || data === null) return []
  return TEXT_KEYS.flatMap((key) => linesOf((data as Record<string, unknown>)[key]))
}
