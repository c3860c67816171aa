/**
 * A change that its help desk refused, or that somebody gave up, is taken back here: the ticket is again what it was,
 * unless it was changed once more since. What was written stays visible, as not sent.
 */
import { and, eq, sql } from 'drizzle-orm'
import { actors } from '#domain/actors/table.ts'
import { insertChanges } from '#domain/changes/log.ts'
import { conversations } from '#domain/conversations/table.ts'
import { returnContacts } from '#domain/merges/contact-moves.ts'
import { returnThread } from '#domain/merges/thread-moves.ts'
import { recounted } from '#domain/messages/recounting.ts'
import { messages } from '#domain/messages/table.ts'
import { tags } from '#domain/tags/table.ts'
import { changedFieldsOf, isSame } from '#domain/tickets/differences.ts'
import { eventsBetween, insertEvents, type TagChange } from '#domain/tickets/events.ts'
import { tickets, ticketTags, type WholeTicket } from '#domain/tickets/table.ts'
import { upsertTickets } from '#domain/tickets/writing.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import type { Db } from '#platform/db/client.ts'
import { revived } from '#platform/db/revived.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import type { Before } from './before.ts'
import { keepDraftHere } from './draft-binding.ts'
import { withoutLaterChanges } from './later-changes.ts'
import { showDelivery } from './message-status.ts'
import { deliveries } from './table.ts'

/** `isDiscarded`: by a person, so that what was only made here goes too; else refused, and it stays to be tried again. */
export async function takeBack(
  tx: Db,
  workspaceId: string,
  deliveryId: string,
  { isDiscarded, at }: { isDiscarded: boolean; at: Date },
): Promise<void> {
  const [row] = await tx
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.workspaceId, workspaceId), eq(deliveries.id, deliveryId)))
  if (!row) return
  const { operation, ticketId, messageId, input } = row
  const undoing = { tx, workspaceId, at }
  const before = row.before && (await withoutLaterChanges(tx, row, row.before))
  const changedId = (before?.kind === 'fields' && before.ticketId) || ticketId
  if (before?.kind === 'fields' && changedId) await restoreFields(undoing, changedId, before)
  if (before?.kind === 'existence' && ticketId) await restoreTicket(undoing, ticketId)
  if (before?.kind === 'merge' && ticketId) await restoreMerged(undoing, ticketId, before)
  if (before?.kind === 'message' && messageId && ticketId)
    await restoreMessage(undoing, ticketId, messageId, before.before)
  if (before?.kind === 'conversation')
    await restore(undoing, conversations, before.conversationId, { ...before.before, contentHash: '' })
  if (before?.kind === 'actor') await restore(undoing, actors, before.actorId, { ...before.before, contentHash: '' })
  if (before?.kind === 'contacts') await restoreContacts(undoing, before)
  if (before?.kind === 'tag') await restoreTag(undoing, before)
  if (before?.kind === 'draft' && ticketId) await keepDraftHere(tx, workspaceId, { ticketId, draftId: before.draftId })
  if (!isDiscarded) return
  const { messageIds = [], tagId } = input as { messageIds?: string[]; tagId?: string }
  if (messageIds.length > 0 && ticketId) await withdrawMessages(undoing, ticketId, messageIds)
  if (operation === 'createTicket' && ticketId) await hideTicket(undoing, ticketId)
  if (operation === 'createTag' && tagId)
    await tx.delete(tags).where(and(eq(tags.workspaceId, workspaceId), eq(tags.id, tagId)))
}

/** Before a delivery is locked: its tickets come first everywhere, so that nobody waits for each other. */
export async function lockTicketsOf(tx: Db, workspaceId: string, deliveryId: string): Promise<void> {
  await tx.execute(sql`
    select ticket.id from deliveries delivery
    join tickets ticket on ticket.workspace_id = delivery.workspace_id and ticket.id = any(delivery.lanes)
    where delivery.workspace_id = ${workspaceId} and delivery.id = ${deliveryId}
    order by ticket.id for update of ticket`)
}

type Undoing = { tx: Db; workspaceId: string; at: Date }

// ------------------------------------------------------------------ tickets

async function restoreFields(
  undoing: Undoing,
  ticketId: string,
  { before, after, tags: changed }: Extract<Before, { kind: 'fields' }>,
): Promise<void> {
  const { tx, workspaceId } = undoing
  if (changed) {
    const ofTicket = and(eq(ticketTags.workspaceId, workspaceId), eq(ticketTags.ticketId, ticketId))
    await tx.delete(ticketTags).where(and(ofTicket, anyOfIds(ticketTags.tagId, changed.added)))
    await tx.execute(sql`
      insert into ticket_tags (workspace_id, ticket_id, tag_id)
      select ${workspaceId}::uuid, ${ticketId}::uuid, id from tags
      where workspace_id = ${workspaceId} and id = any(${sql.param(changed.removed)}::uuid[])
      on conflict do nothing`)
  }
  const tagged = changed && { added: changed.removed, removed: changed.added }
  await rewriteTicket(undoing, ticketId, { also: changed ? ['tags'] : [], tagged }, (row) => {
    const current = JSON.parse(JSON.stringify(row)) as Record<string, unknown>
    const untouched = Object.keys(before).filter((column) => isSame(current[column], after[column]))
    return revived(tickets, Object.fromEntries(untouched.map((column) => [column, before[column]])))
  })
}

async function restoreTicket(undoing: Undoing, ticketId: string): Promise<void> {
  await rewriteTicket(undoing, ticketId, {}, () => ({ vanishedAt: null }), 'CREATED')
}

async function hideTicket(undoing: Undoing, ticketId: string): Promise<void> {
  await rewriteTicket(undoing, ticketId, {}, () => ({ vanishedAt: undoing.at }), 'DELETED')
}

async function restoreMerged(
  undoing: Undoing,
  targetId: string,
  { sourceIds, addedTagIds }: Extract<Before, { kind: 'merge' }>,
): Promise<void> {
  const { tx, workspaceId } = undoing
  for (const sourceId of sourceIds) {
    await returnThread(tx, workspaceId, sourceId)
    const merging = { mergedIntoId: null, mergedIntoExternalId: null, isThreadMoved: false }
    await rewriteTicket(undoing, sourceId, { also: ['messages', 'conversations'] }, () => merging)
  }
  await tx
    .delete(ticketTags)
    .where(
      and(
        eq(ticketTags.workspaceId, workspaceId),
        eq(ticketTags.ticketId, targetId),
        anyOfIds(ticketTags.tagId, addedTagIds),
      ),
    )
  const tagged = { added: [], removed: addedTagIds }
  await rewriteTicket(undoing, targetId, { also: ['messages', 'conversations', 'tags'], tagged }, () => ({}))
}

/** With new counters, a new version, a line in the log and what the timeline says of it. */
async function rewriteTicket(
  { tx, workspaceId, at }: Undoing,
  ticketId: string,
  { also = [], tagged }: { also?: string[]; tagged?: TagChange | null },
  change: (row: WholeTicket) => Partial<WholeTicket>,
  kind: 'CREATED' | 'UPDATED' | 'DELETED' = 'UPDATED',
): Promise<void> {
  const [row] = await tx
    .select()
    .from(tickets)
    .where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.id, ticketId)))
    .for('update')
  if (!row) return
  const [after] = await recounted(tx, workspaceId, [{ ...row, ...change(row) }])
  const changedFields = [...new Set([...changedFieldsOf(row, after as WholeTicket), ...also])].sort()
  const version = row.version + 1
  await upsertTickets(tx, [{ ...(after as WholeTicket), version, updatedAt: at, contentHash: '' }])
  await insertChanges(tx, [
    { workspaceId, ticketId, messageId: null, kind, changedFields, version, source: 'COMMAND', at },
  ])
  const told = { changedFields, tagged: tagged ?? undefined, source: 'COMMAND', at, actorId: null } as const
  await insertEvents(tx, eventsBetween(row, after as WholeTicket, told))
}

// ------------------------------------------------------------------ messages and the rest

async function restoreMessage(undoing: Undoing, ticketId: string, messageId: string, before: Record<string, unknown>) {
  await restore(undoing, messages, messageId, { ...before, contentHash: '' })
  await logMessages(undoing, ticketId, [messageId])
}

/** They stay to be read, as deleted and not sent. */
async function withdrawMessages(undoing: Undoing, ticketId: string, messageIds: string[]): Promise<void> {
  const { tx, workspaceId } = undoing
  const shown = { status: 'FAILED', failReason: 'Discarded: it was not sent.' } as const
  const withdrawn = await showDelivery(tx, workspaceId, messageIds, shown)
  await tx
    .update(messages)
    .set({ isDeleted: true })
    .where(and(eq(messages.workspaceId, workspaceId), anyOfIds(messages.id, withdrawn)))
  await logMessages(undoing, ticketId, messageIds, ['delivery'])
}

async function logMessages(
  undoing: Undoing,
  ticketId: string,
  messageIds: string[],
  changedFields: string[] = [],
): Promise<void> {
  const { tx, workspaceId, at } = undoing
  const line = { workspaceId, kind: 'UPDATED', version: null, source: 'COMMAND', at } as const
  const [shown] = await tx
    .select({ ticketId: messages.ticketId })
    .from(messages)
    .where(and(eq(messages.workspaceId, workspaceId), eq(messages.id, messageIds[0] as string)))
  const owner = shown?.ticketId ?? ticketId
  await insertChanges(
    tx,
    messageIds.map((messageId) => ({ ...line, changedFields, ticketId: owner, messageId })),
  )
  await rewriteTicket(undoing, owner, { also: ['messages'] }, () => ({}))
}

async function restoreContacts(undoing: Undoing, merged: Extract<Before, { kind: 'contacts' }>): Promise<void> {
  const { tx, workspaceId, at } = undoing
  await restore(undoing, actors, merged.targetId, { ...merged.before, contentHash: '' })
  const returned = await returnContacts(tx, workspaceId, { ...merged, at })
  const line = { workspaceId, messageId: null, kind: 'UPDATED', source: 'COMMAND', at } as const
  await insertChanges(
    tx,
    returned.map(({ id, version }) => ({ ...line, ticketId: id, changedFields: ['requester'], version })),
  )
}

/** Its tickets get it again, each with a new version, a line in the log and an event: a statement per step. */
async function restoreTag(
  { tx, workspaceId, at }: Undoing,
  { tag, ticketIds }: Extract<Before, { kind: 'tag' }>,
): Promise<void> {
  await upsertTags(tx, [tag])
  const tagId = tag.id as string
  // Locked in one order, as commands and pages lock them.
  await tx.execute(sql`
    select from tickets where workspace_id = ${workspaceId} and id = any(${sql.param(ticketIds)}::uuid[])
    order by id for update`)
  const { rows } = await tx.execute<{ id: string; backend_id: string; version: number }>(sql`
    with tagged as (
      insert into ticket_tags (workspace_id, ticket_id, tag_id)
      select workspace_id, id, ${tagId}::uuid from tickets
      where workspace_id = ${workspaceId} and id = any(${sql.param(ticketIds)}::uuid[])
      on conflict do nothing returning ticket_id
    )
    update tickets set version = version + 1, updated_at = ${at.toISOString()}, content_hash = ''
    from tagged where workspace_id = ${workspaceId} and id = tagged.ticket_id
    returning id, backend_id, version`)
  const line = { workspaceId, messageId: null, kind: 'UPDATED', source: 'COMMAND', at } as const
  await insertChanges(
    tx,
    rows.map(({ id, version }) => ({ ...line, ticketId: id, changedFields: ['tags'], version })),
  )
  const event = { workspaceId, type: 'TAGS_CHANGED', label: 'Tags changed', source: 'COMMAND', at } as const
  const tagged = { added: [tagId], removed: [] }
  await insertEvents(
    tx,
    rows.map(({ id, backend_id: backendId }) => ({ ...event, ticketId: id, backendId, actorId: null, tagged })),
  )
}

type Restorable = typeof messages | typeof conversations | typeof actors
async function restore({ tx, workspaceId }: Undoing, table: Restorable, id: string, values: Record<string, unknown>) {
  await tx
    .update(table)
    .set(revived(table, values))
    .where(and(eq(table.workspaceId, workspaceId), eq(table.id, id)))
}

const upsertTags = upsertInto(tags, { key: ['workspaceId', 'id'], keep: [] })
