/** A short text that stays the same while a page of tickets shows the same: what a client sends to learn of news only. */
import { hash } from 'node:crypto'
import { type ActorRow, actorOf, departmentOf } from '#domain/actors/loaders.ts'
import { isStale } from '#domain/backends/graphql.ts'
import { backendOf } from '#domain/backends/loaders.ts'
import { channelById } from '#domain/channels/loaders.ts'
import { isUnread, unreadMessageCountOf } from '#domain/looks/loaders.ts'
import { type TicketRow, tagsOfTicket } from '#domain/tickets/loaders.ts'
import { pendingWritesOfTicket } from '#domain/tickets/pending-writes.ts'
import { publicActivityOf, publicPreview } from '#domain/tickets/public-facts.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Connection } from '#platform/graphql/connections.ts'

const signatures = new WeakMap<object, Promise<string>>()

/** Worked out once for a page, from what its rows are made of; most of it is loaded for the rows anyway. */
export function signatureOf(context: GraphContext, connection: Connection<TicketRow>): Promise<string> {
  const known = signatures.get(connection.page)
  if (known) return known
  const made = sign(context, connection)
  signatures.set(connection.page, made)
  return made
}

async function sign(context: GraphContext, { page, order }: Connection<TicketRow>): Promise<string> {
  const shown = await Promise.all(page.rows.map((row) => shownOf(context, row)))
  return hash('sha256', JSON.stringify([order, page.hasNextPage, page.hasPreviousPage, shown]), 'base64url').slice(
    0,
    32,
  )
}

/** The version says nothing of what is each viewer's own, of what is on its way, and of the people and tags beside it. */
async function shownOf(context: GraphContext, row: TicketRow) {
  if (context.viewer.role === 'CONTACT') return shownToContact(context, row)
  const { fetchedAt: _fetched, ...ticket } = row // also its place, which follows from it
  const backend = await backendOf(context, row)
  return Promise.all([
    ticket,
    isStale(backend, context.now),
    isUnread(context, row),
    unreadMessageCountOf(context, row),
    pendingWritesOfTicket(context, row.id),
    actorOf(context, row.requesterId)?.then(nameOf),
    actorOf(context, row.assigneeId)?.then(nameOf),
    departmentOf(context, row.departmentId).then((department) => department?.name),
    row.channelId && channelById(context, row.channelId).then((channel) => channel?.type),
    tagsOfTicket(context, row).then((tags) => tags.map(({ name, color }) => [name, color])),
  ])
}

/** Nothing that changes by what they may not know of. */
async function shownToContact(context: GraphContext, row: TicketRow) {
  const { id, number, externalId, subject, status, statusDetail, priority, isReadByContact, isRecycled } = row
  return Promise.all([
    { id, number, externalId, subject, status, statusDetail, priority, isReadByContact, isRecycled },
    { mergedIntoId: row.mergedIntoId, contactLanguage: row.contactLanguage },
    publicActivityOf(context, id),
    publicPreview(context, id),
    unreadMessageCountOf(context, row),
    actorOf(context, row.requesterId)?.then(nameOf),
    row.channelId && channelById(context, row.channelId).then((channel) => channel?.type),
  ])
}

/** Of a merged contact those of what it became part of. */
const nameOf = (actor: ActorRow | null) => actor && [actor.id, actor.type, actor.displayName, actor.avatarUrl]
