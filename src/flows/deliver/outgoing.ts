/** Tickets, people and tags as orders for a connector: our ids become the help desk's. */
import { and, eq, sql } from 'drizzle-orm'
import type { OutgoingActor, OutgoingTag, TagFields, TicketChanges } from '#connectors/operations.ts'
import { actors, departments } from '#domain/actors/table.ts'
import { channelAccounts, channels } from '#domain/channels/table.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import type { TicketPatchInOurIds } from '#domain/deliveries/promise.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import { tags } from '#domain/tags/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { rowOf, rowsOf, type Source, vendorId } from './source.ts'

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

// ------------------------------------------------------------------ contacts and tags

export async function contactWithFields(source: Source, contactId: string) {
  const row = await rowOf(source, actors, contactId, 'contact')
  const { displayName: name, email, phone, identifier, avatarUrl, language, isBlocked, customFields } = row
  const said = { name, email, phone, identifier, avatarUrl, language, isBlocked }
  return { row, fields: { ...said, customFields: customFields.map(({ key, value }) => ({ key, value })) } }
}

/** A contact or an agent. */
export async function actorAtVendor(source: Source, id: string): Promise<string> {
  return vendorId(source, await rowOf(source, actors, id, 'person'), 'person')
}

export async function tagFieldsOf(source: Source, tagId: string): Promise<TagFields> {
  const { name, color } = await rowOf(source, tags, tagId, 'tag')
  return { name, color }
}

export async function tagAtVendor(source: Source, tagId: string): Promise<string> {
  return vendorId(source, await rowOf(source, tags, tagId, 'tag'), 'tag')
}
