/** What is unread for a viewer. */
import { or, type SQL, sql } from 'drizzle-orm'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { tickets } from './table.ts'

/** The agent whose own looks decide what is unread; null for a program or a contact, for whom the ticket's flag does. */
export function looksOf({ role, actorId }: Viewer): string | null {
  return role === 'CONTACT' ? null : actorId
}

/** What makes a ticket unread for a viewer. `actorId`: of `looksOf`, as a parameter. */
export function isUnreadFor(viewer: Viewer, actorId: SQL): SQL {
  return sql`(${or(...unreadPartsFor(viewer, actorId))})`
}

/**
 * The same for a pass over all that is unread, in conditions of which no ticket meets two; each has an index of its own.
 * @param among says of a ticket's id whether it counts, where not all do.
 */
export function unreadPartsFor(viewer: Viewer, actorId: SQL, among = (_id: SQL): SQL => sql`true`): SQL[] {
  const isAmong = among(sql`${tickets.id}`)
  if (viewer.role === 'CONTACT') return [sql`(not ${tickets.isReadByContact} and ${isAmong})`]
  if (looksOf(viewer) === null) return [sql`(not ${tickets.isReadByAgent} and ${isAmong})`]
  const hasLooked = sql`exists (${looks(actorId)} and l.ticket_id = ${tickets.id} and ${among(sql`l.ticket_id`)})`
  return [
    sql`(not ${tickets.isReadByAgent} and ${isAmong} and not ${hasLooked})`,
    sql`${tickets.id} in (${looks(actorId)} and l.unread_message_count > 0 and ${among(sql`l.ticket_id`)})`,
  ]
}

/** Ids of the tickets that an agent looked at. */
function looks(actorId: SQL): SQL {
  return sql`select l.ticket_id from ticket_looks l
    where l.workspace_id = ${sql.placeholder('workspaceId')} and l.actor_id = ${actorId}`
}
