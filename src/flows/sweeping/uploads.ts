/** Uploads that nothing used in time, and the bytes that no attachment has any more. */
import { and, asc, eq, gt, isNotNull, lt, sql } from 'drizzle-orm'
import { attachments, storedLeftovers } from '#domain/attachments/table.ts'
import type { Db } from '#platform/db/client.ts'
import type { Log } from '#platform/log.ts'
import type { Storage } from '#platform/storage/storage.ts'

/** No command that found it in time, and no upload that was writing there, is still under way then. */
const GRACE = sql`interval '1 hour'`
const ROWS_AT_ONCE = 500

type Sweeping = { db: Db; log: Log; storage: Pick<Storage, 'delete'> }

/** Rows first: a trigger notes the bytes they leave, which go an hour later. Returns how many of both went. */
export async function sweepUploads(sweeping: Sweeping): Promise<{ uploads: number; leftovers: number }> {
  return { uploads: await sweepUnused(sweeping.db), leftovers: await sweepLeftovers(sweeping) }
}

async function sweepUnused(db: Db): Promise<number> {
  for (let swept = 0; ; ) {
    const { rowCount } = await db.execute(sql`
      delete from ${attachments} where ctid = any(array(
        select ctid from ${attachments}
        where storage_key is not null and message_id is null and draft_id is null and expires_at < now() - ${GRACE}
        limit ${ROWS_AT_ONCE}))`)
    swept += rowCount ?? 0
    if ((rowCount ?? 0) < ROWS_AT_ONCE) return swept
  }
}

/** What the storage refuses stays for the next time. */
async function sweepLeftovers({ db, log, storage }: Sweeping): Promise<number> {
  const isOld = lt(storedLeftovers.leftAt, sql`now() - ${GRACE}`)
  let swept = 0
  for (let after = ''; ; ) {
    const rows = await db
      .select({
        ...{ workspaceId: storedLeftovers.workspaceId, storageKey: storedLeftovers.storageKey },
        usedBy: attachments.id,
      })
      .from(storedLeftovers)
      .leftJoin(attachments, hasSameBytes)
      .where(and(isOld, gt(storedLeftovers.storageKey, after)))
      .orderBy(asc(storedLeftovers.storageKey))
      .limit(ROWS_AT_ONCE)
    for (const { workspaceId, storageKey, usedBy } of rows) {
      try {
        // Before the note, or nobody would know of them any more.
        if (usedBy === null) await storage.delete(storageKey)
      } catch (error) {
        log.warn({ err: error, storageKey }, 'the bytes of a removed upload could not be removed')
        continue
      }
      // Not when it was left once more meanwhile, by an attachment that still had it.
      const { rowCount } = await db
        .delete(storedLeftovers)
        .where(and(isOld, eq(storedLeftovers.workspaceId, workspaceId), eq(storedLeftovers.storageKey, storageKey)))
      swept += rowCount ?? 0
    }
    if (rows.length < ROWS_AT_ONCE) return swept
    after = rows.at(-1)?.storageKey ?? after
  }
}

const hasSameBytes = and(
  isNotNull(attachments.storageKey),
  eq(attachments.workspaceId, storedLeftovers.workspaceId),
  eq(attachments.storageKey, storedLeftovers.storageKey),
)
