/** What a draft is to say, checked as far as something unfinished can be. */
import type { DraftContent } from '#domain/drafts/differences.ts'
import type { WholeDraft } from '#domain/drafts/table.ts'
import { addressesFrom, bodyFrom, contentTypeOf } from './compose.ts'
import type { EntryShape } from './inputs.ts'
import type { Command } from './outcome.ts'
import * as plausible from './plausible.ts'
import type { Path } from './problem.ts'

type Said = Pick<EntryShape, 'body' | 'subject' | 'contentType' | 'emailAddresses' | 'metadata'> & {
  quotedText?: string | null | undefined
}

/** Left out: as it is in `before`; null clears. It may be empty. @throws CommandError */
export async function contentFrom(
  command: Command,
  said: Said,
  { before, path }: { before: WholeDraft | null; path: Path },
): Promise<DraftContent> {
  const { subject, contentType, emailAddresses, quotedText, metadata } = said
  const body = await bodyFrom(command, said.body, [...path, 'body'], { mayBeEmpty: true })
  plausible.bodySize(quotedText ?? '', [...path, 'quotedText'])
  return {
    ...bodyColumnsOf(body),
    contentType: contentType ?? contentTypeOf(said.body),
    subject:
      subject === undefined
        ? (before?.subject ?? null)
        : plausible.line(subject ?? '', [...path, 'subject'], { least: 0 }) || null,
    addresses:
      emailAddresses === undefined
        ? (before?.addresses ?? [])
        : addressesFrom(emailAddresses, [...path, 'emailAddresses']),
    quotedText: quotedText === undefined ? (before?.quotedText ?? null) : quotedText,
    metadata: metadata === undefined ? (before?.metadata ?? null) : metadata,
  }
}

type Body = Pick<
  DraftContent,
  'bodyText' | 'bodyHtml' | 'bodyHtmlClean' | 'bodyMarkdown' | 'bodyEditorjs' | 'cleanedBy'
>

export function bodyColumnsOf(body: Body): Body {
  const { bodyText, bodyHtml, bodyHtmlClean, bodyMarkdown, bodyEditorjs, cleanedBy } = body
  return { bodyText, bodyHtml, bodyHtmlClean, bodyMarkdown, bodyEditorjs, cleanedBy }
}
