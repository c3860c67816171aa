/** Checked entries become rows: conversations, messages, and what hangs on them. */
import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { attachments } from '#domain/attachments/table.ts'
import { conversations, type WholeConversation } from '#domain/conversations/table.ts'
import { newExternalId } from '#domain/deliveries/external-ids.ts'
import { mentions } from '#domain/mentions/table.ts'
import { emailAddresses, messages, type WholeMessage } from '#domain/messages/table.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { shownNameOf } from '#platform/graphql/viewer.ts'
import type { ConversationType } from '#vocabulary.ts'
import type { Composed } from './compose.ts'
import type { Command } from './outcome.ts'
import { missing, type Path } from './problem.ts'
import type { TicketEdit } from './ticket-edit.ts'

/**
 * The conversation an entry goes into: the one named, else the one of the newest activity; where each entry is a
 * conversation of its own, a new one. Null when the ticket has none yet.
 */
export async function conversationFor(
  command: Command,
  edit: TicketEdit,
  conversationNodeId: string | null,
  path: Path,
): Promise<WholeConversation | null> {
  const { tx, workspaceId } = command
  const ofTicket = and(eq(conversations.workspaceId, workspaceId), eq(conversations.ticketId, edit.before.id))
  if (conversationNodeId !== null) {
    const id = idFrom(conversationNodeId, 'Conversation')
    const [row] = id
      ? await tx
          .select()
          .from(conversations)
          .where(and(ofTicket, eq(conversations.id, id)))
      : []
    if (!row) throw missing('conversation of this ticket', conversationNodeId, path)
    return row
  }
  // One that belongs to this ticket at its help desk goes before one that a merge brought.
  const [newest] = await tx
    .select()
    .from(conversations)
    .where(ofTicket)
    .orderBy(
      sql`${conversations.originTicketId} is not null, ${conversations.lastActivityAt} desc, ${conversations.id} desc`,
    )
    .limit(1)
  return newest ?? null
}

/** A conversation that begins with an entry of ours. */
export function newConversation(
  { workspaceId, now }: Command,
  edit: TicketEdit,
  type: ConversationType,
  like: WholeConversation | null,
): WholeConversation {
  const id = uuidv7()
  const { after } = edit
  return {
    ...{ workspaceId, id, backendId: after.backendId, ticketId: after.id, originTicketId: null },
    ...{ externalId: newExternalId(id), uuid: null, type, status: after.status, statusDetail: after.statusDetail },
    channelId: like?.channelId ?? after.channelId,
    channelAccountId: like?.channelAccountId ?? after.channelAccountId,
    ...{ contactId: like?.contactId ?? after.requesterId, assigneeId: null, canReply: true, isMuted: false },
    ...{ isIdentityVerified: null, snoozedUntil: null, priority: null, unreadCount: 0, messageCount: 0 },
    ...{ agentLastSeenAt: null, assigneeLastSeenAt: null, contactLastSeenAt: null, firstRepliedAt: null },
    ...{ waitingSince: null, lastActivityAt: now, customFields: [], additionalAttributes: null, sla: null },
    ...{ createdAt: now, updatedAt: now, contentHash: '', raw: null },
  }
}

export type Written = { message: WholeMessage; composed: Composed }

/** Writes the entries as messages, each of its conversation; they are still to be promised. */
export async function writeMessages(
  command: Command,
  entries: { composed: Composed; conversation: WholeConversation }[],
  ticketId: string,
): Promise<Written[]> {
  const { tx, workspaceId } = command
  const written = entries.map(({ composed, conversation }, index) => ({
    composed,
    message: messageRow(command, composed, conversation, ticketId, index),
  }))
  await insertMessages(
    tx,
    written.map(({ message }) => message),
  )
  await insertAddresses(
    tx,
    written.flatMap(({ message, composed }) =>
      composed.addresses.map((address, position) => ({ ...address, workspaceId, messageId: message.id, position })),
    ),
  )
  for (const { message, composed } of written) {
    for (const file of composed.files) {
      await tx
        .update(attachments)
        .set({
          ...{ messageId: message.id, draftId: null, ticketId, backendId: message.backendId, expiresAt: null },
          // What its help desk called it on a draft says nothing of what it will be called on the message.
          ...{ externalId: newExternalId(file.id), contentHash: '' },
        })
        .where(and(eq(attachments.workspaceId, workspaceId), eq(attachments.id, file.id)))
    }
  }
  await insertMentions(
    tx,
    written.flatMap(({ message, composed }) =>
      composed.mentioned.map((agent) => {
        const id = uuidv7()
        return {
          ...{ workspaceId, id, backendId: message.backendId, ticketId, messageId: message.id },
          ...{ externalId: newExternalId(id), agentId: agent.id, mentionedById: message.senderId },
          ...{ isRead: false, readAt: null, createdAt: command.now, contentHash: '' },
        }
      }),
    ),
  )
  return written
}

function messageRow(
  { workspaceId, now, viewer, idempotencyKey }: Command,
  { entry, kind, body, contentType, subject, at, sender, files, parentExternalId, channelAccountId }: Composed,
  conversation: WholeConversation,
  ticketId: string,
  index: number,
): WholeMessage {
  const id = uuidv7()
  const senderId = sender?.id ?? viewer.actorId ?? (entry.type === 'REPLY_INBOUND' ? conversation.contactId : null)
  const isInternal = entry.isInternal ?? kind.isInternal
  return {
    ...{ workspaceId, id, backendId: conversation.backendId, ticketId, conversationId: conversation.id },
    ...{ externalId: newExternalId(id), sequence: now.getTime() * 100 + index, sourceId: entry.sourceId ?? null },
    ...{ clientMessageId: idempotencyKey, deliveryId: null, type: entry.type },
    ...{ direction: isInternal ? 'INTERNAL' : kind.direction, contentType, subject, senderId },
    senderName: sender?.displayName ?? (senderId ? null : shownNameOf(viewer)),
    ...{ parentExternalId, previousExternalId: null, isInternal },
    ...{ isRead: entry.isRead ?? entry.type !== 'REPLY_INBOUND', isSpam: false, isEdited: false, isDeleted: false },
    ...{ showInlineImages: entry.showInlineImages ?? true, showInCorrespondence: entry.showInCorrespondence ?? true },
    ...{ isOriginalSentToContact: null, statusDetail: null, priority: null, extractedText: null },
    delivery: { status: 'QUEUED', retryCount: 0, at: now.toISOString() },
    ...{ translations: [], channelId: conversation.channelId },
    channelAccountId: channelAccountId ?? conversation.channelAccountId,
    ...{ sentiment: null, contentAttributes: entry.contentAttributes ?? null, metadata: entry.metadata ?? null },
    ...{ at, sentAt: at, receivedAt: null, readAt: null, expiresAt: null, createdAt: now, updatedAt: now },
    ...{ createdById: senderId, updatedById: null, attachmentCount: files.length },
    ...{ ...body, contentHash: '', raw: null },
  }
}

const insertMessages = upsertInto(messages)
const insertAddresses = upsertInto(emailAddresses)
const insertMentions = upsertInto(mentions, { omit: ['notedIn', 'position'] })
export const insertConversations = upsertInto(conversations)
