/** The bodies of messages and drafts, in the forms the store keeps. Only what is new or changed comes here. */
import type { BodyRecord, Misfit } from '#connectors/contract.ts'
import type { Cleaned, HtmlCleaner, Item } from '#platform/richtext/clean-html.ts'
import { previewOf, readMinutesOf } from '#platform/richtext/plain-text.ts'
import { hasQuoteMarker } from '#platform/richtext/quoted-text.ts'

export type BodyColumns = {
  bodyText: string
  bodyHtml: string | null
  bodyHtmlClean: string | null
  cleanedBy: number | null
  quotedText: string | null
  bodyMarkdown: string | null
  bodyEditorjs: unknown
  bodyParts: unknown
  preview: string
  readMinutes: number
}

/** In the order given. HTML is cleaned off the event loop, the whole page at once. */
export async function bodiesOf(
  bodies: { body: BodyRecord; subject: string; externalId: string }[],
  { cleaner, misfits }: { cleaner: HtmlCleaner; misfits: Misfit[] },
): Promise<BodyColumns[]> {
  const items = bodies.map(({ body }) => itemOf(body))
  const wanted = items.filter((item) => item !== null)
  const cleaned = (wanted.length > 0 ? await cleaner.clean(wanted) : []).values()
  return bodies.map(({ body, subject, externalId }, index) => {
    const clean = items[index] ? (cleaned.next().value as Cleaned) : null
    if (clean?.isFallback) misfits.push(unreadable(subject, externalId, body))
    return columnsOf(body, clean)
  })
}

/** Safe HTML of a translation, and the text made of it. */
export type CleanTranslation = { html: string | null; text: string }

/** HTML for the translations of messages. */
export async function cleanTranslations(htmls: string[], cleaner: HtmlCleaner): Promise<CleanTranslation[]> {
  if (htmls.length === 0) return []
  return (await cleaner.clean(htmls.map((html) => ({ html })))).map(({ html, text }) => ({ html, text }))
}

function itemOf({ html, text, editorjs, markdown }: BodyRecord): Item | null {
  if (html) return { html, text: text ?? null }
  if (editorjs) return { editorjs, text: text ?? null }
  const plain = text ?? markdown ?? ''
  return hasQuoteMarker(plain) ? { text: plain } : null
}

function columnsOf(body: BodyRecord, clean: Cleaned | null): BodyColumns {
  const bodyText = clean?.text ?? body.text ?? body.markdown ?? ''
  return {
    bodyText,
    bodyHtml: body.html ?? null,
    bodyHtmlClean: clean?.html ?? null,
    cleanedBy: clean?.html == null ? null : clean.cleanedBy,
    quotedText: clean?.quotedText ?? null,
    bodyMarkdown: body.markdown ?? null,
    bodyEditorjs: body.editorjs ?? null,
    bodyParts: body.parts ?? null,
    preview: previewOf(bodyText, 200),
    readMinutes: Math.min(10_000, Math.max(0, Math.round(body.readMinutes ?? readMinutesOf(bodyText)))) || 0,
  }
}

function unreadable(subject: string, externalId: string, { html }: BodyRecord): Misfit {
  const problem = `its HTML (${html?.length ?? 0} characters) could not be cleaned in time and is shown as text`
  return { kind: 'unmapped', subject, externalId, field: 'body', problem, raw: null }
}
