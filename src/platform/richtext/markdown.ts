/** Markdown as HTML. What it makes still has to be cleaned: Markdown lets any HTML through. */
import { marked } from 'marked'

export function htmlOfMarkdown(markdown: string): string {
  return marked.parse(markdown, { async: false, gfm: true, breaks: true })
}
