import { and, asc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm'
import { attachments } from '#domain/attachments/table.ts'
import type { Db } from '#platform/db/client.ts'
import type { Log } from '#platform/log.ts'
import type { Storage } from '#platform/storage/storage.ts'

/** No command that found it in time is still under way then. */
const GRACE = sql`interval '1 hour'`
const ROWS_AT_ONCE = 500

/** Uploads that nothing used in time go with their bytes; returns how many. What the storage refuses stays for the next time. */
export async function sweepUploads({ db, log, storage }: { db: Db; log: Log; storage: Pick<Storage, 'delete'> }) {
  const isUnused = and(
    isNotNull(attachments.storageKey),
    isNull(attachments.messageId),
    isNull(attachments.draftId),
    sql`${attachments.expiresAt} < now() - ${GRACE}`,
  )
  let swept = 0
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await db
      .select({ workspaceId: attachments.workspaceId, id: attachments.id, storageKey: attachments.storageKey })
      .from(attachments)
      .where(and(isUnused, gt(attachments.id, after)))
      .orderBy(asc(attachments.id))
      .limit(ROWS_AT_ONCE)
    for (const { workspaceId, id, storageKey } of rows) {
      try {
        // Before the row, or nobody would know of them any more.
        await storage.delete(storageKey as string)
      } catch (error) {
        log.warn({ err: error, attachmentId: id }, 'an unused upload could not be removed')
        continue
      }
      const { rowCount } = await db
        .delete(attachments)
        .where(and(isUnused, eq(attachments.workspaceId, workspaceId), eq(attachments.id, id)))
      swept += rowCount ?? 0
    }
    if (rows.length < ROWS_AT_ONCE) return swept
    after = rows.at(-1)?.id ?? after
  }
}
