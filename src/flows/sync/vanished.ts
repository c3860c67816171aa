/** Tickets that a whole round over everything did not bring: deleted at the vendor, or only moved where lists do not show. */
import { and, asc, eq, isNull, lt, lte, sql } from 'drizzle-orm'
import { type Misfit, type Records, records as recordsOf, type Session } from '#connectors/contract.ts'
import { insertChanges } from '#domain/changes/log.ts'
import { tickets } from '#domain/tickets/table.ts'
import { FixCredentialsError, GoneError, RefusedError, type VendorError } from '#errors.ts'
import type { Db } from '#platform/db/client.ts'
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
        // Made here, and not yet taken by the vendor.
        sql`${tickets.externalId} not like 'deskgraph:%'`,
      ),
    )
    .orderBy(asc(tickets.seenInRound), asc(tickets.id))
    .limit(LOOKUPS_PER_ROUND)
}

/**
 * Asks the vendor for each: what it has no more is marked, never removed; what it still has is stored by `store` (it may
 * be recycled, merged or in a folder that lists leave out). What could not be read of it is stored as a misfit, and the
 * ticket counts as seen, so that one ticket never keeps the others or the round.
 * @throws VendorError when the vendor as a whole does not answer; the tickets settled by then stay settled.
 */
export async function settleMissing(input: {
  db: Db
  lease: Lease
  missing: Missing[]
  session: Pick<Session, 'ticket' | 'check'>
  store: (records: Records, fetchedAt: Date, conclude: (tx: Db, isLast: boolean) => Promise<void>) => Promise<unknown>
  fullRound: number
  now: () => Date
  signal: AbortSignal
}): Promise<void> {
  const { db, lease, missing, session, store, fullRound, now, signal } = input
  for (const { id, externalId } of missing) {
    if (signal.aborted) return
    const askedAt = now()
    const records = await lookUp(session, externalId)
    if (records === null) {
      await db.transaction(async (tx) => {
        await guardLease(tx, lease)
        await markVanished(tx, { ...lease, externalId }, askedAt)
      })
    } else {
      await store(records, askedAt, async (tx, isLast) => {
        if (isLast) await stampSeen(tx, lease.workspaceId, [id], fullRound)
        await guardLease(tx, lease)
      })
    }
  }
}

/** Null: the vendor has it no more. A refusal of this one ticket is its misfit. */
async function lookUp(session: Pick<Session, 'ticket' | 'check'>, externalId: string): Promise<Records | null> {
  try {
    return await session.ticket(externalId)
  } catch (error) {
    const isRefused = error instanceof RefusedError || error instanceof GoneError
    if (!isRefused && !(error instanceof FixCredentialsError)) throw error
    // A 403 may be about this ticket alone; when the credentials are wrong, this fails too and is the round's failure.
    if (!isRefused) await session.check()
    return recordsOf({ misfits: [refusedTicket(externalId, error)] })
  }
}

/** The vendor's words may name the request, so they are not part of what makes it the same misfit again. */
function refusedTicket(externalId: string, { message, provider }: VendorError): Misfit {
  const problem = 'no list of the vendor has this ticket any more, and it refused to show it'
  return { kind: 'parked', subject: 'ticket', externalId, field: null, problem, raw: { message, ...provider } }
}

export async function stampSeen(tx: Db, workspaceId: string, ticketIds: string[], fullRound: number): Promise<void> {
  await tx.execute(sql`
    update tickets set seen_in_round = ${fullRound}
    where workspace_id = ${workspaceId} and id = any(${sql.param(ticketIds)}::uuid[]) and seen_in_round <> ${fullRound}`)
}

/**
 * Notes that the vendor has a ticket no more, unless it was seen there since. It stays readable. For a ticket we never had
 * there is nothing to do.
 */
export async function markVanished(
  tx: Db,
  { workspaceId, backendId, externalId }: BackendKey & { externalId: string },
  at: Date,
): Promise<void> {
  const [gone] = await tx
    .update(tickets)
    .set({ vanishedAt: at, version: sql`${tickets.version} + 1` })
    .where(
      and(
        eq(tickets.workspaceId, workspaceId),
        eq(tickets.backendId, backendId),
        eq(tickets.externalId, externalId),
        isNull(tickets.vanishedAt),
        lte(tickets.fetchedAt, at),
      ),
    )
    .returning({ ticketId: tickets.id, version: tickets.version })
  if (!gone) return
  const line = { workspaceId, messageId: null, kind: 'DELETED', source: 'SYNC', at } as const
  await insertChanges(tx, [{ ...line, changedFields: [], ...gone }])
}
