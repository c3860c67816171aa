/** What becomes of a delivery by a person's word: it goes out once more, or never. */
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import { deliveries } from './table.ts'

/**
 * Whether a worker is about to send it; to be selected where the row is locked. By the database's clock, as leases are.
 */
export const isHeld = sql<boolean>`coalesce(${deliveries.leaseUntil} > now(), false)`

/** `wakeDeliverer` has to follow in the same transaction. */
export async function requeue(tx: Db, workspaceId: string, id: string): Promise<void> {
  await tx
    .update(deliveries)
    .set({
      ...{ state: 'QUEUED', problem: null, nextAttemptAt: sql`now()`, settledAt: null },
      // What may have arrived after all counts as sent, and is still looked for in what the help desk shows.
      attempts: sql`case when ${deliveries.state} = 'UNCERTAIN' then ${deliveries.attempts} else 0 end`,
      sendingAt: sql`case when ${deliveries.state} = 'UNCERTAIN' then ${deliveries.sendingAt} end`,
    })
    .where(and(eq(deliveries.workspaceId, workspaceId), eq(deliveries.id, id)))
}

/** Whoever holds one of them cannot send it any more. */
export async function discard(tx: Db, workspaceId: string, which: SQL | undefined, at: Date): Promise<void> {
  await tx
    .update(deliveries)
    .set({
      ...{ state: 'DISCARDED', settledAt: at, leaseOwner: null, leaseUntil: null },
      // What was refused was taken back already, but for what it made.
      before: sql`case when ${deliveries.state} <> 'REFUSED' then ${deliveries.before} end`,
    })
    .where(and(eq(deliveries.workspaceId, workspaceId), which))
}
