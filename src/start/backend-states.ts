import { and, count, eq, getTableColumns } from 'drizzle-orm'
import { backendSyncs, backends } from '#domain/backends/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { workspaces } from '#domain/workspaces/table.ts'
import type { Db } from '#platform/db/client.ts'

export type BackendState = Awaited<ReturnType<typeof backendStates>>[number]

/** How far the copies are, by name; with the workspace's where there are several. */
export async function backendStates(db: Db) {
  const { state, round, progressDone, progressTotal, lastSyncedAt, lastFullSyncedAt, error, failureCount } =
    getTableColumns(backendSyncs)
  const rows = await db
    .select({
      ...{ id: backends.id, key: backends.key, name: backends.name },
      ...{ workspaceKey: workspaces.key, workspaceName: workspaces.name },
      ...{ state, round, progressDone, progressTotal, lastSyncedAt, lastFullSyncedAt, error, failureCount },
    })
    .from(backends)
    .innerJoin(
      backendSyncs,
      and(eq(backendSyncs.workspaceId, backends.workspaceId), eq(backendSyncs.backendId, backends.id)),
    )
    .innerJoin(workspaces, eq(workspaces.id, backends.workspaceId))
    .where(eq(backends.isConnected, true))
    .orderBy(workspaces.name, backends.name, backends.id)
  const isOnly = new Set(rows.map(({ workspaceKey }) => workspaceKey)).size <= 1
  return rows.map(({ workspaceName, ...row }) => ({
    ...row,
    name: isOnly ? row.name : `${workspaceName}, ${row.name}`,
  }))
}

/** How many tickets the copy of a backend holds. */
export async function ticketCount(db: Db, backendId: string): Promise<number> {
  const [row] = await db.select({ tickets: count() }).from(tickets).where(eq(tickets.backendId, backendId))
  return row?.tickets ?? 0
}
