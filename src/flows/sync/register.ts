import { and, eq, notInArray, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { backendSyncs, backends } from '#domain/backends/table.ts'
import { workspaces } from '#domain/workspaces/table.ts'
import type { Db } from '#platform/db/client.ts'
import { againWhenInTheWay } from '#platform/db/in-the-way.ts'

export type ConfiguredBackend = {
  workspace: { key: string; name: string; defaultLocale?: string }
  key: string
  name: string
  /** The connector's key. */
  vendor: string
  freshnessSeconds?: number
}

export type Registered = { workspaceId: string; backendId: string; key: string; workspaceKey: string }

const ONE_AT_A_TIME = 3_518_204_117 // the key of the advisory lock; any number nobody else uses

/**
 * Makes the rows of workspaces and backends what the configuration says; returns their ids in the order given. Backends
 * that are not in it any more, of whatever workspace, stay readable, but are marked as not connected.
 */
export async function registerBackends(db: Db, configured: ConfiguredBackend[]): Promise<Registered[]> {
  return oneAtATime(db, async (tx) => {
    const registered: Registered[] = []
    for (const { workspace, key, name, vendor, freshnessSeconds } of configured) {
      const workspaceId = await workspaceIdOf(tx, workspace)
      const [row] = await tx
        .insert(backends)
        .values({ workspaceId, id: uuidv7(), key, name, vendor })
        .onConflictDoUpdate({ target: [backends.workspaceId, backends.key], set: { name, vendor, isConnected: true } })
        .returning({ id: backends.id })
      const backendId = row?.id as string
      const sync = tx.insert(backendSyncs).values({ workspaceId, backendId, freshnessSeconds })
      const target = [backendSyncs.workspaceId, backendSyncs.backendId]
      await (freshnessSeconds === undefined
        ? sync.onConflictDoNothing({ target })
        : sync.onConflictDoUpdate({ target, set: { freshnessSeconds } }))
      registered.push({ workspaceId, backendId, key, workspaceKey: workspace.key })
    }
    const ids = registered.map(({ backendId }) => backendId)
    await tx
      .update(backends)
      .set({ isConnected: false })
      .where(and(eq(backends.isConnected, true), ids.length > 0 ? notInArray(backends.id, ids) : undefined))
    return registered
  })
}

function oneAtATime<Result>(db: Db, work: (tx: Db) => Promise<Result>): Promise<Result> {
  return againWhenInTheWay(() =>
    db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${ONE_AT_A_TIME})`)
      return work(tx)
    }),
  )
}

/** The same for workspaces alone, which may have no backend yet: their ids in the order given. */
export async function registerWorkspaces(db: Db, configured: ConfiguredBackend['workspace'][]): Promise<string[]> {
  return oneAtATime(db, async (tx) => {
    const ids: string[] = []
    for (const workspace of configured) ids.push(await workspaceIdOf(tx, workspace))
    return ids
  })
}

async function workspaceIdOf(tx: Db, { key, name, defaultLocale }: ConfiguredBackend['workspace']): Promise<string> {
  const [row] = await tx
    .insert(workspaces)
    .values({ id: uuidv7(), key, name, defaultLocale })
    .onConflictDoUpdate({ target: workspaces.key, set: { name, ...(defaultLocale && { defaultLocale }) } })
    .returning({ id: workspaces.id })
  return row?.id as string
}
