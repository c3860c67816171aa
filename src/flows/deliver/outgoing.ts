/** Deliveries as orders for a connector: our ids become the help desk's, rows become what it is to be told. */
import { and, asc, eq, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type {
  CreateTicket,
  OutgoingActor,
  OutgoingMessage,
  OutgoingTag,
  TicketChanges,
} from '#connectors/operations.ts'
import { actors, departments } from '#domain/actors/table.ts'
import { attachments } from '#domain/attachments/table.ts'
import { channelAccounts, channels } from '#domain/channels/table.ts'
import { conversations } from '#domain/conversations/table.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import type { DeliveryInputs, Forwarded, TicketPatchInOurIds } from '#domain/deliveries/promise.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import { mentions } from '#domain/mentions/table.ts'
import { emailAddresses, messages, type WholeMessage } from '#domain/messages/table.ts'
import { tags } from '#domain/tags/table.ts'
import { tickets, type WholeTicket } from '#domain/tickets/table.ts'
import type { Db } from '#platform/db/client.ts'

/** It can never be carried out: what it needs was refused, discarded or is gone. */
export class HopelessError extends Error {
  override name = 'HopelessError'
}

/** What it needs is not at the help desk yet. */
export class NotYetError extends Error {
  override name = 'NotYetError'
}

/** What orders are made from. */
export type Source = {
  db: Db
  workspaceId: string
  /** Whoever gets the order: ids of other help desks mean nothing there. */
  backendId: string
  bytesOf(storageKey: string): Promise<Uint8Array>
}

type Keyed = PgTable & { workspaceId: PgColumn; id: PgColumn }

async function rowsOf<Table extends Keyed>({ db, workspaceId }: Source, table: Table, ids: readonly string[]) {
  if (ids.length === 0) return []
  return (await db
    .select()
    .from(table as PgTable)
    .where(
      and(eq(table.workspaceId, workspaceId), sql`${table.id} = any(${sql.param(ids)}::uuid[])`),
    )) as Table['$inferSelect'][]
}

async function rowOf<Table extends Keyed>(source: Source, table: Table, id: string, what: string) {
  const [row] = await rowsOf(source, table, [id])
  if (!row) throw new HopelessError(`the ${what} is gone`)
  return row
}

type Nameable = { id: string; externalId: string | null; deliveryId?: string | null }

/** The help desk's id of something, once it has one. */
async function vendorId(source: Source, row: Nameable, what: string) {
  const { id, externalId, deliveryId = null } = row
  if (externalId !== null && isVendorId(externalId)) return externalId
  const { db, workspaceId } = source
  const [open] = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.workspaceId, workspaceId),
        // A message is brought by its own delivery, and may be named only when the thread is read after that.
        deliveryId === null
          ? sql`${deliveries.lanes} && array[${id}]::uuid[]
              and ${deliveries.operation} in ('createTicket', 'createContact', 'createTag')
              and ${deliveries.state} in ('QUEUED', 'SENDING', 'UNCERTAIN', 'SETTLED')`
          : sql`${deliveries.id} = ${deliveryId} and ${deliveries.state} = 'SETTLED'
              and ${deliveries.settledAt} > now() - interval '10 minutes'`,
      ),
    )
    .limit(1)
  if (open) throw new NotYetError(`the help desk has not named the ${what} yet`)
  throw new HopelessError(`the help desk never got the ${what}`)
}

// ------------------------------------------------------------------ tickets

/** Where a thread was merged by the help desk itself, it lives in the target there; but not before that was told to. */
export async function ticketIdAtVendor(source: Source, ticketId: string): Promise<string> {
  const row = await rowOf(source, tickets, ticketId, 'ticket')
  const { mergedIntoId } = row
  const isMergedThere = row.isThreadMoved && mergedIntoId !== null && row.mergedIntoExternalId !== null
  if (isMergedThere && !(await isBeingMerged(source, ticketId))) return ticketIdAtVendor(source, mergedIntoId)
  return vendorId(source, row, 'ticket')
}

/** What is carried out while the merge of its ticket still waits was promised before it. */
async function isBeingMerged({ db, workspaceId }: Source, ticketId: string): Promise<boolean> {
  const [open] = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.workspaceId, workspaceId),
        sql`${deliveries.lanes} && array[${ticketId}]::uuid[] and ${deliveries.input} -> 'sourceIds' ? ${ticketId}`,
        sql`${deliveries.operation} = 'mergeTickets' and ${deliveries.state} in ('QUEUED', 'SENDING')`,
      ),
    )
    .limit(1)
  return open !== undefined
}

export async function ticketAtVendor(source: Source, ticketId: string): Promise<string> {
  return vendorId(source, await rowOf(source, tickets, ticketId, 'ticket'), 'ticket')
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

export async function changesFrom(source: Source, patch: TicketPatchInOurIds): Promise<TicketChanges> {
  const { assigneeId, departmentId, requesterId, channelId, channelAccountId, ...rest } = patch
  const { snoozedUntil, tags: changedTags, ...plain } = rest
  const changes: TicketChanges = { ...(plain as TicketChanges) }
  if (assigneeId !== undefined) changes.assignee = assigneeId === null ? null : await assigneeFrom(source, assigneeId)
  if (departmentId !== undefined)
    changes.departmentExternalId =
      departmentId && (await rowOf(source, departments, departmentId, 'department')).externalId
  if (requesterId !== undefined) {
    const requester = await actorFrom(source, requesterId)
    if (requester) changes.requester = requester
  }
  if (channelId !== undefined)
    changes.channelExternalId = (await rowOf(source, channels, channelId, 'channel')).externalId
  if (channelAccountId !== undefined)
    changes.channelAccountExternalId = (
      await rowOf(source, channelAccounts, channelAccountId, 'channel account')
    ).externalId
  if (snoozedUntil !== undefined) changes.snoozedUntil = snoozedUntil === null ? null : new Date(snoozedUntil)
  if (changedTags) {
    changes.tags = {
      all: await tagsFrom(source, changedTags.all),
      added: await tagsFrom(source, changedTags.added),
      removed: await tagsFrom(source, changedTags.removed),
    }
  }
  return changes
}

async function assigneeFrom(source: Source, id: string) {
  const row = await rowOf(source, actors, id, 'assignee')
  return { type: row.type === 'CHATBOT' ? ('CHATBOT' as const) : ('AGENT' as const), externalId: row.externalId }
}

/** Tags of ours alone are not told. */
async function tagsFrom(source: Source, ids: string[]): Promise<OutgoingTag[]> {
  const rows = await rowsOf(source, tags, ids)
  return rows.flatMap(({ externalId, name, backendId }) =>
    backendId === source.backendId && externalId !== null && isVendorId(externalId) ? [{ externalId, name }] : [],
  )
}

/** Null only for no id. */
export async function actorFrom(source: Source, id: string | null): Promise<OutgoingActor | null> {
  if (id === null) return null
  const row = await rowOf(source, actors, id, 'person')
  if (row.mergedIntoId !== null) return actorFrom(source, row.mergedIntoId)
  const { type, externalId, displayName: name, email, phone } = row
  const isKnown = row.backendId === source.backendId && isVendorId(externalId)
  return { type, externalId: isKnown ? externalId : null, name, email, phone }
}

// ------------------------------------------------------------------ messages

/** Those that the help desk does not have yet, in their order. */
export async function messagesFrom(
  source: Source,
  messageIds: string[],
  forwarded?: Forwarded,
): Promise<OutgoingMessage[]> {
  const rows: WholeMessage[] = await rowsOf(source, messages, messageIds)
  const left = rows.filter((row) => !isVendorId(row.externalId) && !row.isDeleted)
  left.sort((a, b) => messageIds.indexOf(a.id) - messageIds.indexOf(b.id))
  return Promise.all(left.map((row) => messageFrom(source, row, forwarded)))
}

async function messageFrom(source: Source, row: WholeMessage, forwarded?: Forwarded): Promise<OutgoingMessage> {
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
    attachments: files.flatMap(({ name, contentType, sizeBytes, isInline, storageKey }) =>
      storageKey === null
        ? []
        : [
            {
              ...{ name, isInline, contentType: contentType ?? 'application/octet-stream', sizeBytes: sizeBytes ?? 0 },
              bytes: () => source.bytesOf(storageKey),
            },
          ],
    ),
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
  }
}

/** Pictures are held back for those who read here; whoever gets the mail is to see them. */
function withPictures(html: string): string {
  return html.replace(/<img\b[^>]*>/g, (tag) =>
    tag.replace(' data-original="', ' src="').replace(' data-cid="', ' src="cid:'),
  )
}

export async function conversationAtVendor(source: Source, conversationId: string): Promise<string | null> {
  const [row] = await rowsOf(source, conversations, [conversationId])
  return row && isVendorId(row.externalId) ? row.externalId : null
}

/** A message as the help desk knows it. */
export async function messageOrder(source: Source, messageId: string) {
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

// ------------------------------------------------------------------ contacts and tags

export async function contactOrder(source: Source, contactId: string) {
  const row = await rowOf(source, actors, contactId, 'contact')
  const { displayName: name, email, phone, identifier, avatarUrl, language, isBlocked, customFields } = row
  const said = { name, email, phone, identifier, avatarUrl, language, isBlocked }
  return { row, fields: { ...said, customFields: customFields.map(({ key, value }) => ({ key, value })) } }
}

export async function contactAtVendor(source: Source, contactId: string): Promise<string> {
  return vendorId(source, await rowOf(source, actors, contactId, 'contact'), 'contact')
}

export async function tagOrder(source: Source, tagId: string) {
  const row = await rowOf(source, tags, tagId, 'tag')
  return { row, fields: { name: row.name, color: row.color } }
}

export async function tagAtVendor(source: Source, tagId: string): Promise<string> {
  return vendorId(source, await rowOf(source, tags, tagId, 'tag'), 'tag')
}
