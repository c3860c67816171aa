/** Removes what was kept for a time only: calls and requests of webhooks, idempotency keys, undos, who was where, lines of both logs, unused uploads. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { auditEntries } from '#domain/audit/table.ts'
import { idempotencyKeys } from '#domain/idempotency/table.ts'
import { presences } from '#domain/presence/table.ts'
import { undos } from '#domain/undos/table.ts'
import { webhookCalls } from '#domain/webhook-calls/table.ts'
import { webhookDeliveries } from '#domain/webhooks/table.ts'
import type { Db } from '#platform/db/client.ts'
import type { Log } from '#platform/log.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { sweepChanges } from './changes.ts'
import { sweepUploads } from './uploads.ts'

/** Each with the time from which its age counts, and how old it gets. */
const keptFor = (auditDays: number): { table: PgTable; since: PgColumn; days: number }[] => [
  { table: webhookCalls, since: webhookCalls.receivedAt, days: 7 },
  { table: idempotencyKeys, since: idempotencyKeys.firstUsedAt, days: 7 },
  { table: undos, since: undos.expiresAt, days: 0 },
  { table: presences, since: presences.expiresAt, days: 0 },
  { table: auditEntries, since: auditEntries.at, days: auditDays },
  { table: webhookDeliveries, since: webhookDeliveries.createdAt, days: 30 },
]

/** Short enough that nobody waits for the locks. */
const ROWS_AT_ONCE = 5000
const EVERY_MS = 3_600_000

const AUDIT_DAYS = 365

/** What is too old goes, oldest first; returns how many rows that were. */
export async function sweep(db: Db, auditDays = AUDIT_DAYS): Promise<number> {
  let swept = await sweepChanges(db)
  for (const { table, since, days } of keptFor(auditDays)) {
    for (;;) {
      const { rowCount } = await db.execute(sql`
        delete from ${table} where ctid = any(array(
          select ctid from ${table} where ${since} < now() - make_interval(days => ${days})
          order by ${since} limit ${ROWS_AT_ONCE}))`)
      swept += rowCount ?? 0
      if ((rowCount ?? 0) < ROWS_AT_ONCE) break
    }
  }
  return swept
}

/** Without `storage` there are no uploads. */
type SweepingOptions = { db: Db; log: Log; storage?: Pick<Storage, 'delete'>; audit?: { keptDays: number } }

/** Sweeps at the start and once an hour. Several workers may do so at once. */
export function startSweeping({ db, log, storage, audit }: SweepingOptions): { stop(): Promise<void> } {
  const end = new AbortController()
  const sweeping = sweepUntilEnd()

  async function sweepUntilEnd() {
    while (!end.signal.aborted) {
      await sweep(db, audit?.keptDays)
        .then((rows) => log.debug({ rows }, 'swept'))
        .catch((error: Error) => log.warn({ err: error }, 'old rows could not be swept'))
      if (storage) {
        await sweepUploads({ db, log, storage })
          .then((swept) => log.debug(swept, 'swept uploads'))
          .catch((error: Error) => log.warn({ err: error }, 'uploads could not be swept'))
      }
      await sleep(EVERY_MS, null, { ref: false, signal: end.signal }).catch(() => {})
    }
  }

  return {
    async stop() {
      end.abort()
      await sweeping
    },
  }
}
