/** People as configuration, command line and identity providers name them. */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'

export type ActorReference =
  | { by: 'id'; id: string }
  | { by: 'email'; email: string }
  | { by: 'identifier'; identifier: string }
  | { by: 'externalId'; backendKey: string; externalId: string }

/** A global id, a mail address, `backend/external id`, or else the identifier of a contact. */
export function actorReferenceOf(text: string): ActorReference {
  const id = idFrom(text, 'Contact', 'Agent', 'Bot')
  if (id !== null) return { by: 'id', id }
  const [, backendKey, externalId] = /^([a-z0-9][a-z0-9_-]{0,62})\/(.+)$/.exec(text) ?? []
  if (backendKey && externalId) return { by: 'externalId', backendKey, externalId }
  return text.includes('@') ? { by: 'email', email: text } : { by: 'identifier', identifier: text }
}

/** A token of a customer is never that of an agent, nor the other way round. */
const typesOf = (role: Viewer['role']) => (role === 'CONTACT' ? ['CONTACT', 'VISITOR'] : ['AGENT', 'CHATBOT'])

/**
 * Who is meant, or what they became part of; null when there is nobody. Of several, as of one person at two help desks,
 * the one of the latest activity.
 */
export async function actorIdReferred(
  db: Db,
  workspaceId: string,
  reference: ActorReference,
  role: Viewer['role'],
): Promise<string | null> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select coalesce(actor.merged_into_id, actor.id) as id
    from actors actor
    where actor.workspace_id = ${workspaceId} and actor.type = any(${sql.param(typesOf(role))}::text[])
      and ${conditionOf(reference)}
    order by actor.is_provisional, actor.last_activity_at desc nulls last, actor.created_at, actor.id
    limit 1`)
  return rows[0]?.id ?? null
}

function conditionOf(reference: ActorReference) {
  switch (reference.by) {
    case 'id':
      return sql`actor.id = ${reference.id}`
    case 'email':
      return sql`lower(actor.email) = lower(${reference.email})`
    case 'identifier':
      return sql`actor.identifier = ${reference.identifier}`
    case 'externalId':
      return sql`actor.external_id = ${reference.externalId} and actor.backend_id = (
        select id from backends where workspace_id = actor.workspace_id and key = ${reference.backendKey})`
  }
}
