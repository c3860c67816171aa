import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Json, Misfit } from '#connectors/contract.ts'
import { misfits } from '#domain/backends/table.ts'
import type { Db } from '#platform/db/client.ts'
import { jsonWithoutSecrets, textWithoutSecrets } from '#secrets.ts'
import { contentHash } from './hash.ts'

type Backend = { workspaceId: string; id: string }

const MAX_RAW_LENGTH = 100_000

/** The same misfit again is counted, not stored again: a value by what it is, an item by whose it is. */
export function fingerprintOf({ kind, subject, externalId, field, problem, raw }: Misfit): string {
  return kind === 'unmapped'
    ? contentHash(kind, subject, field, problem, raw)
    : contentHash(kind, subject, externalId, problem)
}

/** How often each has been seen now, by fingerprint. Keeps `backend_syncs.misfit_count` in step. */
export async function storeMisfits(db: Db, backend: Backend, found: Misfit[]): Promise<Map<string, number>> {
  if (found.length === 0) return new Map()
  const rows = Map.groupBy(found, fingerprintOf)
  const owner = { workspaceId: backend.workspaceId, backendId: backend.id }
  const stored = await db
    .insert(misfits)
    .values(
      [...rows].map(([fingerprint, same]) => {
        const { kind, subject, externalId, field, problem, raw } = same[0] as Misfit
        const kept = {
          kind,
          subject,
          externalId,
          field,
          problem: textWithoutSecrets(problem).slice(0, 2000).toWellFormed(),
        }
        return {
          ...owner,
          ...kept,
          id: uuidv7(),
          raw: asJson(jsonWithoutSecrets(raw)),
          fingerprint,
          occurrences: same.length,
        }
      }),
    )
    .onConflictDoUpdate({
      target: [misfits.workspaceId, misfits.backendId, misfits.fingerprint],
      set: { occurrences: sql`${misfits.occurrences} + excluded.occurrences`, lastSeenAt: sql`now()` },
    })
    .returning({ fingerprint: misfits.fingerprint, occurrences: misfits.occurrences, isNew: sql<boolean>`xmax = 0` })
  const newCount = stored.filter(({ isNew }) => isNew).length
  if (newCount > 0) {
    await db.execute(sql`
      update backend_syncs set misfit_count = misfit_count + ${newCount}
      where workspace_id = ${backend.workspaceId} and backend_id = ${backend.id}`)
  }
  return new Map(stored.map(({ fingerprint, occurrences }) => [fingerprint, occurrences]))
}

/** As text: the driver would make a Postgres array of a list, and of a string no JSON. */
function asJson(raw: Json) {
  const text = JSON.stringify(raw ?? null)
  const kept =
    text.length <= MAX_RAW_LENGTH ? text : JSON.stringify({ truncated: text.slice(0, MAX_RAW_LENGTH).toWellFormed() })
  return sql`${kept}::json`
}
