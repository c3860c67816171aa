/** What orders are made from: our rows, and the ids the help desk has for them. */
import { and, eq, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import type { Db } from '#platform/db/client.ts'

/** It can never be carried out: what it needs was refused, discarded or is gone. */
export class HopelessError extends Error {
  override name = 'HopelessError'
}

/** What it needs is not at the help desk yet. */
export class NotYetError extends Error {
  override name = 'NotYetError'
}

/** What orders are made from. */
export type Source = {
  db: Db
  workspaceId: string
  /** Whoever gets the order: ids of other help desks mean nothing there. */
  backendId: string
  bytesOf(storageKey: string): Promise<Uint8Array>
}

type Keyed = PgTable & { workspaceId: PgColumn; id: PgColumn }

export async function rowsOf<Table extends Keyed>({ db, workspaceId }: Source, table: Table, ids: readonly string[]) {
  if (ids.length === 0) return []
  return (await db
    .select()
    .from(table as PgTable)
    .where(
      and(eq(table.workspaceId, workspaceId), sql`${table.id} = any(${sql.param(ids)}::uuid[])`),
    )) as Table['$inferSelect'][]
}

export async function rowOf<Table extends Keyed>(source: Source, table: Table, id: string, what: string) {
  const [row] = await rowsOf(source, table, [id])
  if (!row) throw new HopelessError(`the ${what} is gone`)
  return row
}

type Nameable = { id: string; externalId: string | null; deliveryId?: string | null }

/** The help desk's id of something, once it has one. */
export async function vendorId(source: Source, row: Nameable, what: string) {
  const { id, externalId, deliveryId = null } = row
  if (externalId !== null && isVendorId(externalId)) return externalId
  const { db, workspaceId } = source
  const [open] = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.workspaceId, workspaceId),
        // A message is brought by its own delivery, and may be named only when the thread is read after that.
        deliveryId === null
          ? sql`${deliveries.lanes} && array[${id}]::uuid[]
              and ${deliveries.operation} in ('createTicket', 'createContact', 'createTag')
              and ${deliveries.state} in ('QUEUED', 'SENDING', 'UNCERTAIN', 'SETTLED')`
          : sql`${deliveries.id} = ${deliveryId} and ${deliveries.state} = 'SETTLED'
              and ${deliveries.settledAt} > now() - interval '10 minutes'`,
      ),
    )
    .limit(1)
  if (open) throw new NotYetError(`the help desk has not named the ${what} yet`)
  throw new HopelessError(`the help desk never got the ${what}`)
}
