/** Giving up what was promised and is not wanted any more. */
import { and, eq, type SQL, sql } from 'drizzle-orm'
import { deliveries } from '#domain/deliveries/table.ts'
import type { Command } from './outcome.ts'
import { invalid, type Path } from './problem.ts'

/**
 * Discards those deliveries that wait or failed. @throws CommandError when one is on its way: nobody knows yet whether
 * the help desk will have it.
 */
export async function giveUp({ tx, workspaceId, now }: Command, which: SQL, path: Path): Promise<void> {
  const rows = await tx
    .select({
      id: deliveries.id,
      state: deliveries.state,
      // By the database's clock, as leases are.
      isHeld: sql<boolean>`coalesce(${deliveries.leaseUntil} > now(), false)`,
    })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.workspaceId, workspaceId),
        which,
        sql`${deliveries.state} in ('QUEUED', 'SENDING', 'UNCERTAIN', 'REFUSED')`,
      ),
    )
    .orderBy(deliveries.position)
    .for('update')
  const open = rows.find(({ state, isHeld }) => state === 'SENDING' || state === 'UNCERTAIN' || isHeld)
  if (open)
    throw invalid(
      path,
      open.state === 'UNCERTAIN'
        ? 'Nobody can tell whether the help desk has it: retry or discard its delivery first.'
        : 'It is on its way to the help desk just now: try again when that is done.',
      null,
      'CONFLICT',
    )
  if (rows.length === 0) return
  const ids = sql.param(rows.map(({ id }) => id))
  await tx
    .update(deliveries)
    .set({ state: 'DISCARDED', settledAt: now })
    .where(and(eq(deliveries.workspaceId, workspaceId), sql`${deliveries.id} = any(${ids}::uuid[])`))
}

/** The deliveries of such operations that concern this contact or tag. */
export function about(id: string, ...operations: ('createTag' | 'updateTag' | 'createContact')[]): SQL {
  return sql`${deliveries.operation} = any(${sql.param(operations)}) and ${deliveries.lanes} && array[${id}]::uuid[]`
}
