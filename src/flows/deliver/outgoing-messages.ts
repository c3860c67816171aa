/** Messages as orders for a connector, and new tickets, which take theirs along. */
import { and, asc, eq, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { CreateTicket, OutgoingFile, OutgoingMessage } from '#connectors/operations.ts'
import { actors } from '#domain/actors/table.ts'
import { attachments } from '#domain/attachments/table.ts'
import { channelAccounts } from '#domain/channels/table.ts'
import { conversations } from '#domain/conversations/table.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import type { DeliveryInputs } from '#domain/deliveries/promise.ts'
import { mentions } from '#domain/mentions/table.ts'
import { emailAddresses, messages, type WholeMessage } from '#domain/messages/table.ts'
import { tickets, type WholeTicket } from '#domain/tickets/table.ts'
import { actorFrom, changesFrom, ticketIdAtVendor } from './outgoing.ts'
import { HopelessError, rowOf, rowsOf, type Source, vendorId } from './source.ts'

/** What goes out with a message and stands in no row of it. */
type Beside = Pick<DeliveryInputs['createMessages'], 'forwarded' | 'quotedText'>

/** Those that the help desk does not have yet, in their order. */
export async function messagesFrom(
  source: Source,
  messageIds: string[],
  beside: Beside = {},
): Promise<OutgoingMessage[]> {
  const rows: WholeMessage[] = await rowsOf(source, messages, messageIds)
  const left = rows.filter((row) => !isVendorId(row.externalId) && !row.isDeleted)
  left.sort((a, b) => messageIds.indexOf(a.id) - messageIds.indexOf(b.id))
  return Promise.all(left.map((row) => messageFrom(source, row, beside)))
}

async function messageFrom(
  source: Source,
  row: WholeMessage,
  { forwarded, quotedText }: Beside,
): Promise<OutgoingMessage> {
  const { db, workspaceId } = source
  const ofMessage = <Table extends { workspaceId: PgColumn; messageId: PgColumn }>(table: Table) =>
    and(eq(table.workspaceId, workspaceId), eq(table.messageId, row.id))
  const addresses = await db
    .select()
    .from(emailAddresses)
    .where(ofMessage(emailAddresses))
    .orderBy(asc(emailAddresses.position))
  const files = await db.select().from(attachments).where(ofMessage(attachments)).orderBy(asc(attachments.id))
  const mentioned = await db.select({ agentId: mentions.agentId }).from(mentions).where(ofMessage(mentions))
  const agents = await rowsOf(
    source,
    actors,
    mentioned.map(({ agentId }) => agentId),
  )
  const account = row.channelAccountId
    ? await rowOf(source, channelAccounts, row.channelAccountId, 'channel account')
    : null
  const passedOn = forwarded && (await rowOf(source, messages, forwarded.messageId, 'forwarded message'))
  return {
    marker: row.id,
    type: row.type,
    subject: row.subject,
    body: {
      text: row.bodyText,
      html: row.bodyHtmlClean === null ? null : withPictures(row.bodyHtmlClean),
      markdown: row.bodyMarkdown,
      editorjs: row.bodyEditorjs,
    },
    addresses: addresses.map(({ email, name, direction }) => ({ email, name, direction })),
    attachments: files.flatMap((file) => fileFrom(source, file)),
    mentionedAgentExternalIds: agents.map(({ externalId }) => externalId),
    parentExternalId: row.parentExternalId !== null && isVendorId(row.parentExternalId) ? row.parentExternalId : null,
    forwarded: passedOn
      ? { messageExternalId: passedOn.externalId, includesAttachments: forwarded?.includesAttachments ?? false }
      : null,
    sender: await actorFrom(source, row.senderId),
    isRead: row.isRead,
    sourceId: row.sourceId,
    channelAccountExternalId: account?.externalId ?? null,
    at: row.at.getTime() < row.createdAt.getTime() - 1000 ? row.at : null,
    showInlineImages: row.showInlineImages,
    showInCorrespondence: row.showInCorrespondence,
    contentAttributes: row.contentAttributes,
    metadata: row.metadata,
    quotedText: quotedText ?? null,
  }
}

/** Nothing for a file whose bytes we do not have, and whose help desk gave no key of it. */
export function fileFrom(source: Source, file: typeof attachments.$inferSelect): OutgoingFile[] {
  const { name, contentType, sizeBytes, isInline, storageKey, fileKey } = file
  if (storageKey === null && fileKey === null) return []
  const bytes = async () => {
    if (storageKey === null) throw new HopelessError('the bytes of a file are only at the help desk')
    return source.bytesOf(storageKey)
  }
  const said = { contentType: contentType ?? 'application/octet-stream', sizeBytes: sizeBytes ?? 0 }
  return [{ ...{ name, isInline, fileKey, bytes }, ...said }]
}

/** Pictures are held back for those who read here; whoever gets the mail is to see them. */
export function withPictures(html: string): string {
  return html.replace(/<img\b[^<>]*>/g, (tag) =>
    tag.replace(' data-original="', ' src="').replace(' data-cid="', ' src="cid:'),
  )
}

export async function conversationAtVendor(source: Source, conversationId: string): Promise<string | null> {
  const [row] = await rowsOf(source, conversations, [conversationId])
  return row && isVendorId(row.externalId) ? row.externalId : null
}

/** A message as the help desk knows it. */
export async function messageAtVendor(source: Source, messageId: string) {
  const row: WholeMessage = await rowOf(source, messages, messageId, 'message')
  const conversation = await rowOf(source, conversations, row.conversationId, 'conversation')
  return {
    ticketExternalId: await ticketIdAtVendor(source, conversation.originTicketId ?? row.ticketId),
    conversationExternalId: conversation.externalId,
    messageExternalId: await vendorId(source, row, 'message'),
    isNote: row.type === 'NOTE_PRIVATE' || row.type === 'NOTE_PUBLIC',
    row,
  }
}

export async function conversationIdsOf({ db, workspaceId }: Source, ticketId: string): Promise<string[]> {
  const rows = await db
    .select({ externalId: conversations.externalId })
    .from(conversations)
    .where(
      and(
        eq(conversations.workspaceId, workspaceId),
        sql`coalesce(${conversations.originTicketId}, ${conversations.ticketId}) = ${ticketId}`,
      ),
    )
  return rows.map(({ externalId }) => externalId).filter(isVendorId)
}

export async function newTicketOrder(
  source: Source,
  ticketId: string,
  { patch, messageIds }: DeliveryInputs['createTicket'],
): Promise<CreateTicket> {
  const row: WholeTicket = await rowOf(source, tickets, ticketId, 'ticket')
  const requester = await actorFrom(source, row.requesterId)
  if (!requester) throw new HopelessError('the requester is gone')
  return {
    marker: ticketId,
    fields: { ...(await changesFrom(source, patch)), subject: row.subject, requester },
    createdBy: row.createdById === row.requesterId ? null : await actorFrom(source, row.createdById),
    originalConversationId: row.originalConversationId,
    messages: await messagesFrom(source, messageIds),
  }
}
