/** What two states of a draft differ in, by the names that the graph has for its parts. */
import { isSame } from '#domain/tickets/differences.ts'
import type { DraftField, WholeDraft } from './table.ts'

/** What a draft says, but for its files, which lie in rows of their own. */
export type DraftContent = Pick<WholeDraft, (typeof bodyColumns)[number]> &
  Pick<WholeDraft, 'subject' | 'contentType' | 'addresses' | 'quotedText' | 'metadata' | 'cleanedBy'>

const bodyColumns = ['bodyText', 'bodyHtml', 'bodyHtmlClean', 'bodyMarkdown', 'bodyEditorjs'] as const

/** To the letter, as clients write. */
export function partsDiffering(before: DraftContent, after: DraftContent): DraftField[] {
  const parts: [DraftField, boolean][] = [
    ['subject', before.subject === after.subject],
    ['body', bodyColumns.every((column) => isSame(before[column], after[column]))],
    ['contentType', before.contentType === after.contentType],
    ['emailAddresses', isSame(before.addresses, after.addresses)],
    ['quotedText', before.quotedText === after.quotedText],
    ['metadata', isSame(before.metadata, after.metadata)],
  ]
  return parts.flatMap(([part, isEqual]) => (isEqual ? [] : [part]))
}

/** In meaning, as vendors give it back: they trim, wrap and re-indent. */
export function changedPartsOf(before: DraftContent, after: DraftContent): DraftField[] {
  const parts: [DraftField, boolean][] = [
    ['subject', wordsOf(before.subject) === wordsOf(after.subject)],
    ['body', wordsOf(before.bodyText) === wordsOf(after.bodyText) && picturesOf(before) === picturesOf(after)],
    ['contentType', before.contentType === after.contentType],
    ['emailAddresses', isSame(mailboxesOf(before), mailboxesOf(after))],
    ['quotedText', wordsOf(before.quotedText) === wordsOf(after.quotedText)],
    ['metadata', isSame(before.metadata, after.metadata)],
  ]
  return parts.flatMap(([part, isEqual]) => (isEqual ? [] : [part]))
}

/** Those that changed after that version, as far as it was noted. */
export function partsChangedSince({ fieldVersions }: Pick<WholeDraft, 'fieldVersions'>, version: number): DraftField[] {
  const entries = Object.entries(fieldVersions) as [DraftField, number][]
  return entries.flatMap(([part, since]) => (since > version ? [part] : [])).sort()
}

export function versionsWith(
  versions: WholeDraft['fieldVersions'],
  parts: readonly DraftField[],
  version: number,
): WholeDraft['fieldVersions'] {
  return { ...versions, ...Object.fromEntries(parts.map((part) => [part, version])) }
}

function wordsOf(text: string | null): string {
  return (text ?? '').normalize('NFC').replace(/\s+/g, ' ').trim()
}

function picturesOf({ bodyHtmlClean }: DraftContent): number {
  return bodyHtmlClean?.match(/<img\b/g)?.length ?? 0
}

function mailboxesOf({ addresses }: DraftContent): string[] {
  return addresses.map(({ email, direction }) => `${direction} ${email.toLowerCase()}`).sort()
}
