/** Tickets that a whole round over everything did not bring: deleted at the vendor, or only moved where lists do not show. */
import { and, asc, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Records } from '#connectors/contract.ts'
import { tickets } from '#domain/tickets/table.ts'
import type { Db } from '#platform/db/client.ts'
import { insertChanges } from './changes.ts'
import { type BackendKey, guardLease, type Lease } from './lease.ts'

/** Looked up after one round; the rest waits for the next. */
const LOOKUPS_PER_ROUND = 200

type Missing = { id: string; externalId: string }

/** Oldest sighting first. */
export async function missingTickets(
  db: Db,
  { workspaceId, backendId }: BackendKey,
  fullRound: number,
): Promise<Missing[]> {
  return db
    .select({ id: tickets.id, externalId: tickets.externalId })
    .from(tickets)
    .where(
      and(
        eq(tickets.workspaceId, workspaceId),
        eq(tickets.backendId, backendId),
        lt(tickets.seenInRound, fullRound),
        isNull(tickets.vanishedAt),
      ),
    )
    .orderBy(asc(tickets.seenInRound), asc(tickets.id))
    .limit(LOOKUPS_PER_ROUND)
}

/**
 * Asks the vendor for each: what it has no more is marked, never removed; what it still has is stored by `store` (it may
 * be recycled, merged or in a folder that lists leave out).
 */
export async function settleMissing(input: {
  db: Db
  lease: Lease
  missing: Missing[]
  lookUp: (externalId: string) => Promise<Records | null>
  store: (records: Records, fetchedAt: Date) => Promise<void>
  now: () => Date
  signal: AbortSignal
}): Promise<{ vanished: number }> {
  const { db, lease, missing, lookUp, store, now, signal } = input
  let vanished = 0
  for (const { id, externalId } of missing) {
    if (signal.aborted) break
    const askedAt = now()
    const records = await lookUp(externalId)
    if (records && records.tickets.length > 0) await store(records, askedAt)
    else if (await markVanished(db, lease, id, askedAt)) vanished++
  }
  return { vanished }
}

async function markVanished(db: Db, lease: Lease, ticketId: string, at: Date): Promise<boolean> {
  const { workspaceId } = lease
  return db.transaction(async (tx) => {
    await guardLease(tx, lease)
    const { rowCount } = await tx
      .update(tickets)
      .set({ vanishedAt: at, version: sql`${tickets.version} + 1` })
      .where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.id, ticketId), isNull(tickets.vanishedAt)))
    if (rowCount === 0) return false
    await insertChanges(tx, [
      { workspaceId, ticketId, messageId: null, kind: 'DELETED', changedFields: [], source: 'SYNC', at },
    ])
    return true
  })
}
