/** Messages and what hangs on them, as rows. */
import type { AttachmentRecord, EmailAddressRecord, MessageRecord } from '#connectors/contract.ts'
import type { attachments } from '#domain/attachments/table.ts'
import type { BodyColumns, CleanTranslation } from '#domain/messages/bodies.ts'
import type { emailAddresses, MessageTranslation, messages } from '#domain/messages/table.ts'
import type { WholeRow } from '#platform/db/upsert.ts'
import { contentHash } from './hash.ts'
import { int8, short } from './tame.ts'
import type { RowContext } from './ticket-rows.ts'

export type MessageRow = WholeRow<typeof messages>
export type AttachmentRow = WholeRow<typeof attachments>
export type EmailAddressRow = WholeRow<typeof emailAddresses>

/** What a changed message keeps where its record says nothing. */
export type KeptOfMessage = Pick<
  MessageRow,
  | 'clientMessageId'
  | 'deliveryId'
  | 'delivery'
  | 'isRead'
  | 'isSpam'
  | 'showInlineImages'
  | 'showInCorrespondence'
  | 'translations'
  | 'attachmentCount'
  | 'bodyText'
  | 'bodyMarkdown'
  | 'sentiment'
  | 'metadata'
  | 'updatedAt'
>

export function messageRow(
  record: MessageRecord,
  kept: KeptOfMessage | null,
  place: { id: string; ticketId: string; conversationId: string; contentHash: string },
  made: { body: BodyColumns; translation: CleanTranslation | null },
  { workspaceId, backendId, references, fetchedAt }: RowContext,
  vendor: string,
): MessageRow {
  const { sender, createdBy, updatedBy, channelExternalId: channel, channelAccountExternalId: account } = record
  const createdAt = record.createdAt ?? record.at ?? fetchedAt
  return {
    ...{ workspaceId, backendId, ...place, externalId: record.externalId, sequence: int8(record.sequence) ?? 0 },
    sourceId: record.sourceId ?? null,
    clientMessageId: kept?.clientMessageId ?? null,
    deliveryId: kept?.deliveryId ?? null,
    ...{
      type: record.type,
      direction: record.direction,
      contentType: record.contentType,
      subject: record.subject ?? null,
    },
    senderId: sender ? references.actorId(sender) : null,
    senderName: record.senderName ?? sender?.name ?? null,
    parentExternalId: record.parentExternalId ?? null,
    previousExternalId: record.previousExternalId ?? null,
    isInternal: record.isInternal,
    isRead: record.isRead ?? kept?.isRead ?? true,
    isSpam: record.isSpam ?? kept?.isSpam ?? false,
    isEdited: record.isEdited ?? false,
    isDeleted: record.isDeleted ?? false,
    showInlineImages: record.showInlineImages ?? kept?.showInlineImages ?? true,
    showInCorrespondence: record.showInCorrespondence ?? kept?.showInCorrespondence ?? true,
    isOriginalSentToContact: record.isOriginalSentToContact ?? null,
    statusDetail: record.statusDetail ?? null,
    priority: record.priority ?? null,
    extractedText: record.extractedText ?? null,
    // Dates inside become ISO text with the rest of the row.
    delivery: (record.delivery ?? arrived(kept?.delivery)) as MessageRow['delivery'],
    translations: translationsOf(record, kept?.translations ?? [], { clean: made.translation, vendor, createdAt }),
    channelId: channel ? references.channelId(channel) : null,
    channelAccountId: account ? references.accountId(account) : null,
    sentiment: record.sentiment === undefined ? (kept?.sentiment ?? null) : record.sentiment,
    contentAttributes: record.contentAttributes ?? null,
    metadata: record.metadata === undefined ? (kept?.metadata ?? null) : record.metadata,
    at: record.at ?? createdAt,
    sentAt: record.sentAt ?? null,
    receivedAt: record.receivedAt ?? null,
    readAt: record.readAt ?? null,
    expiresAt: record.expiresAt ?? null,
    createdAt,
    updatedAt: latest(record.updatedAt ?? createdAt, kept?.updatedAt),
    createdById: createdBy ? references.actorId(createdBy) : null,
    updatedById: updatedBy ? references.actorId(updatedBy) : null,
    attachmentCount: record.attachments
      ? new Set(record.attachments.map(({ externalId }) => externalId)).size
      : (kept?.attachmentCount ?? 0),
    ...made.body,
    bodyMarkdown: markdownOf(record, kept, made.body),
    raw: record.raw,
  }
}

/** What we sent and the vendor shows has arrived there, also where it says nothing of its delivery. */
function arrived(known: MessageRow['delivery'] | undefined): MessageRow['delivery'] {
  if (!known) return null
  return known.status === 'QUEUED' || known.status === 'SENDING' ? { ...known, status: 'SENT' } : known
}

function latest(time: Date, known: Date | undefined): Date {
  return known && known > time ? known : time
}

/** Left out it stays, but not beside another text: of a message deleted since it would show what was said. */
function markdownOf({ body }: MessageRecord, kept: KeptOfMessage | null, made: BodyColumns): string | null {
  const isKept = body.markdown === undefined && kept?.bodyText === made.bodyText
  return isKept ? kept.bodyMarkdown : made.bodyMarkdown
}

/** The vendor's own translation takes the place of its earlier one; those made elsewhere stay. */
function translationsOf(
  { translation, updatedAt }: MessageRecord,
  kept: MessageTranslation[],
  { clean, vendor, createdAt }: { clean: CleanTranslation | null; vendor: string; createdAt: Date },
): MessageTranslation[] {
  if (translation === undefined) return kept
  const others = kept.filter((other) => !other.isFromBackend)
  if (!translation) return others
  const { locale, text } = translation
  const made = (updatedAt ?? createdAt).toISOString()
  const said = { text: text ?? clean?.text ?? '', html: clean?.html ?? null }
  return [{ locale, ...said, isFromBackend: true, provider: vendor, createdAt: made }, ...others]
}

type Owner = {
  workspaceId: string
  backendId: string
  ticketId: string
  messageId: string | null
  draftId: string | null
}

export function attachmentRow(record: AttachmentRecord, id: string, owner: Owner): AttachmentRow {
  const sizeBytes = int8(record.sizeBytes)
  return {
    ...{ ...owner, id, externalId: record.externalId, name: record.name, contentType: record.contentType ?? null },
    ...{ kind: record.kind, sizeBytes: sizeBytes == null || sizeBytes < 0 ? null : sizeBytes },
    ...{ status: record.status, statusMessage: record.statusMessage ?? null },
    ...{ vendorUrl: record.vendorUrl ?? null, fileKey: record.fileKey ?? null },
    ...{ isInline: record.isInline ?? false, contentId: record.contentId ?? null, createdAt: record.createdAt ?? null },
    contentHash: contentHash(record, owner.ticketId),
    ...{ storageKey: null, expiresAt: null },
  }
}

export function emailAddressRows(
  records: EmailAddressRecord[],
  workspaceId: string,
  messageId: string,
): EmailAddressRow[] {
  return records.map(({ email, name = null, direction }, position) => ({
    ...{ workspaceId, messageId, position, direction, email: short(email, 1000), name },
  }))
}
