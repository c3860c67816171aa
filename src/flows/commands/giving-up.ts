/** Giving up what was promised and is not wanted any more. */
import { and, eq, type SQL, sql } from 'drizzle-orm'
import { deliveries } from '#domain/deliveries/table.ts'
import { discard, isHeld } from '#domain/deliveries/transitions.ts'
import { anyOf, anyOfIds } from '#platform/db/any-of.ts'
import type { Command } from './outcome.ts'
import { invalid, type Path } from './problem.ts'

/**
 * Discards those deliveries that wait or failed. @throws CommandError when one is on its way: nobody knows yet whether
 * the help desk will have it.
 */
export async function giveUp({ tx, workspaceId, now }: Command, which: SQL, path: Path): Promise<void> {
  const rows = await tx
    .select({ id: deliveries.id, state: deliveries.state, isHeld })
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
  const open = rows.find((row) => row.state === 'SENDING' || row.state === 'UNCERTAIN' || row.isHeld)
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
  const ids = rows.map(({ id }) => id)
  await discard(tx, workspaceId, anyOfIds(deliveries.id, ids), now)
}

/** The deliveries of such operations that concern this contact or tag. */
export function concerning(id: string, ...operations: ('createTag' | 'updateTag' | 'createContact')[]): SQL {
  return sql`${anyOf(deliveries.operation, operations)} and ${deliveries.lanes} && array[${id}]::uuid[]`
}
