/**
 * A contact made here for a help desk that has no call to make one turns up there as somebody's requester. It is known by
 * its mail address, else by its number or key, and from then on has the vendor's id.
 */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import type { ActorType } from '#vocabulary.ts'

type SeenContact = {
  type: ActorType
  externalId: string
  email?: string | null
  phone?: string | null
  identifier?: string | null
}

/** `seen`: contacts of the vendor that no row is known for. Says whether one of them was ours. */
export async function adoptOwnContacts(
  db: Db,
  { workspaceId, id: backendId }: { workspaceId: string; id: string },
  seen: readonly SeenContact[],
): Promise<boolean> {
  const known = seen.filter(({ email, phone, identifier }) => email || phone || identifier)
  if (known.length === 0) return false
  // While it is on its way by itself, the answer says who it is.
  const { rows: own } = await db.execute<{
    id: string
    email: string | null
    phone: string | null
    identifier: string | null
  }>(sql`
    select id, lower(email) as email, phone, identifier from actors own
    where workspace_id = ${workspaceId} and backend_id = ${backendId} and external_id like 'deskgraph:%'
      and merged_into_id is null and not exists (
        select from deliveries
        where workspace_id = own.workspace_id and state in ('QUEUED', 'SENDING', 'UNCERTAIN')
          and operation = 'createContact' and lanes && array[own.id])
    order by created_at, id`)
  let count = 0
  for (const { id, email, phone, identifier } of own) {
    const is = (contact: SeenContact) =>
      email !== null
        ? contact.email?.toLowerCase() === email
        : (phone !== null && contact.phone === phone) || (identifier !== null && contact.identifier === identifier)
    const place = known.findIndex(is)
    const [found] = place < 0 ? [] : known.splice(place, 1)
    if (!found) continue
    const { rowCount } = await db.execute(sql`
      update actors own set external_id = ${found.externalId}, type = ${found.type}, content_hash = '',
        is_provisional = true
      where workspace_id = ${workspaceId} and id = ${id} and external_id like 'deskgraph:%' and not exists (
        select from actors other
        where other.workspace_id = own.workspace_id and other.backend_id = own.backend_id
          and other.type = ${found.type} and other.external_id = ${found.externalId})`)
    count += rowCount ?? 0
  }
  return count > 0
}
