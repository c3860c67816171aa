/** The one unsent answer of a ticket. Source: vendor's reference, Draft (SEEN), its fields in the ticket samples (SEEN). */
import type { JsonObject } from '#connectors/contract.ts'
import type { OnTicket, OutgoingDraft, Receipt, SaveDraft } from '#connectors/operations.ts'
import { guidOf, objectOf, timeOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import type { ConversationType } from '#vocabulary.ts'
import { decodedText } from './body.ts'
import { encodedText, mailOf } from './outgoing.ts'
import { speakerFor } from './speaker.ts'
import { uploaded } from './upload.ts'
import { ticketPath, type Writer } from './writer.ts'

/** The whole draft takes the place of what is there. Two calls, since the vendor has no condition for it. */
export async function saveDraft(writer: Writer, { ticketExternalId, draft, follows }: SaveDraft): Promise<Receipt> {
  const path = draftPath(ticketExternalId, draft.type)
  // Refused before anything is uploaded.
  const metadata = metadataOf(draft)
  if (follows) await refuseOvertaken(writer, { ticketExternalId, draft, follows })
  const writerId = await writerIdOf(writer, draft)
  const files = await uploaded(writer, draft.attachments)
  const answer = await writer.client.write('PUT', path, {
    ticketId: ticketExternalId,
    ...contentOf(draft),
    metadata,
    attachments: files,
    ...(writerId && { lastUpdatedById: writerId }),
  })
  const fileKeys = files.map(({ fileKey }) => (typeof fileKey === 'string' ? fileKey : null))
  const savedAt = answer.text === '' ? null : timeOf(objectOf(answer.json())?.lastUpdatedTime)
  return { ticketExternalId, draft: { externalId: ticketExternalId, fileKeys, savedAt } }
}

/** Its own words, come back from a save whose answer was lost, are no news. */
async function refuseOvertaken(
  { client }: Writer,
  { ticketExternalId, draft, follows }: Required<SaveDraft>,
): Promise<void> {
  const there = await client.draft(ticketExternalId).then(objectOf, (error) => {
    if (error instanceof GoneError) return null
    throw error
  })
  const savedAt = timeOf(there?.lastUpdatedTime)
  if (there === null || savedAt === null || (follows instanceof Date && savedAt <= follows)) return
  if (decodedText(there.body) === decodedText(contentOf(draft).body ?? null)) return
  throw new RefusedError('Comm100 has another draft, saved there meanwhile: that one stays, and this one beside it')
}

export async function deleteDraft(
  { client }: Writer,
  { ticketExternalId, type }: OnTicket & { type: ConversationType },
): Promise<Receipt> {
  try {
    await client.write('DELETE', draftPath(ticketExternalId, type))
  } catch (error) {
    if (!(error instanceof GoneError)) throw error
  }
  return { ticketExternalId }
}

function draftPath(ticketId: string, type: ConversationType): string {
  if (type !== 'REPLY_OUTBOUND') throw new RefusedError(`Comm100 keeps drafts of replies only, not of ${type}`)
  return `${ticketPath(ticketId)}/draft`
}

/** HTML where there is some: which form its channel takes is seen to when it is sent. */
function contentOf({ body: { html, text } }: OutgoingDraft): JsonObject {
  return html === null ? { type: 'text', body: encodedText(text) } : { type: 'html', body: encodedText(html) }
}

/** What else was noted with it stays; without anything as in the samples, where nothing is null. */
function metadataOf(draft: OutgoingDraft): JsonObject {
  const given = objectOf(draft.metadata) ?? {}
  const nothing = { files: null, location: null, buttons: null, quickReplies: null }
  return {
    ...{ channel: null, source: null, context: null, ...given },
    decoration: { ...nothing, ...objectOf(given.decoration), email: mailOf(draft) },
  }
}

/** That it can be said is ASSUMED; drafts of programs are whoever's the credentials are. */
async function writerIdOf(writer: Writer, { writer: author }: OutgoingDraft): Promise<string | null> {
  return author?.type === 'AGENT' && author.externalId !== null ? guidOf((await speakerFor(writer, author)).id) : null
}
