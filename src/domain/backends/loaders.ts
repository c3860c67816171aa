import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import { preparedPerDb } from '#platform/db/kept.ts'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { backendSyncs, backends, misfits } from './table.ts'

const {
  cursor: _cursor,
  leaseOwner: _owner,
  leaseUntil: _until,
  workspaceId: _workspace,
  backendId: _backend,
  ...syncColumns
} = getTableColumns(backendSyncs)

const selectBackends = preparedPerDb((db) =>
  db
    .select({ ...getTableColumns(backends), sync: syncColumns })
    .from(backends)
    .innerJoin(
      backendSyncs,
      and(eq(backendSyncs.workspaceId, backends.workspaceId), eq(backendSyncs.backendId, backends.id)),
    )
    .where(eq(backends.workspaceId, sql.placeholder('workspaceId')))
    .orderBy(backends.name, backends.id)
    .prepare('backends'),
)

export type BackendRow = Awaited<ReturnType<ReturnType<typeof selectBackends>['execute']>>[number]

// A workspace has a handful of backends, so they are read together, once a request.
const everyBackend = loaderPerRequest<string, BackendRow[]>(async ({ db }, workspaceIds) =>
  Promise.all(workspaceIds.map((workspaceId) => selectBackends(db).execute({ workspaceId }))),
)

/** All backends of the workspace, by name. */
export function allBackends(context: LoadContext): Promise<BackendRow[]> {
  return everyBackend(context).load(context.workspaceId)
}

export async function backendById(context: LoadContext, id: string): Promise<BackendRow | null> {
  return (await allBackends(context)).find((row) => row.id === id) ?? null
}

/** The backend a row points at: its foreign key promises that there is one. */
export async function backendOf(context: LoadContext, row: { backendId: string }): Promise<BackendRow> {
  const backend = await backendById(context, row.backendId)
  if (!backend) throw new Error(`backend ${row.backendId} is missing`)
  return backend
}

/** What did not fit in a backend's answers, newest first. */
export function misfitsOfBackend({ db, workspaceId }: LoadContext, backendId: string, limit: number) {
  return db
    .select(getTableColumns(misfits))
    .from(misfits)
    .where(and(eq(misfits.workspaceId, workspaceId), eq(misfits.backendId, backendId)))
    .orderBy(sql`${misfits.lastSeenAt} desc`)
    .limit(limit)
}
export type MisfitRow = Awaited<ReturnType<typeof misfitsOfBackend>>[number]
