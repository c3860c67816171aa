import { eq, getTableColumns } from 'drizzle-orm'
import type { LoadContext } from '#platform/db/loader.ts'
import { workspaces } from './table.ts'

export type WorkspaceRow = typeof workspaces.$inferSelect

/** The workspace of the request. */
export async function currentWorkspace({ db, workspaceId }: LoadContext): Promise<WorkspaceRow> {
  const [row] = await db.select(getTableColumns(workspaces)).from(workspaces).where(eq(workspaces.id, workspaceId))
  if (!row) throw new Error(`workspace ${workspaceId} of the token does not exist`)
  return row
}
