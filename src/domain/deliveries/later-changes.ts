/** Of what one delivery replaced, a later one may have replaced some again: that is the later one's to take back. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import type { Before } from './before.ts'
import { deliveries } from './table.ts'

type Overwritable = Extract<Before, { kind: 'fields' | 'message' | 'conversation' | 'actor' }>

/**
 * What a later change that still waits replaced is left to that one: should it be taken back too, then to what was there
 * before both.
 */
export async function withoutLaterChanges(
  tx: Db,
  row: typeof deliveries.$inferSelect,
  before: Before,
): Promise<Before> {
  if (
    before.kind !== 'fields' &&
    before.kind !== 'message' &&
    before.kind !== 'conversation' &&
    before.kind !== 'actor'
  )
    return before
  const rows = await tx
    .select({ id: deliveries.id, before: deliveries.before })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.workspaceId, row.workspaceId),
        sql`${deliveries.state} in ('QUEUED', 'SENDING', 'UNCERTAIN') and ${deliveries.position} > ${row.position}`,
        sql`${deliveries.lanes} && ${sql.param(row.lanes)}::uuid[] and ${deliveries.before} ->> 'kind' = ${before.kind}`,
        sql`${deliveries.ticketId} is not distinct from ${row.ticketId}`,
        sql`${deliveries.messageId} is not distinct from ${row.messageId}`,
        sql`coalesce(${deliveries.before} ->> 'conversationId', ${deliveries.before} ->> 'actorId')
          is not distinct from ${'conversationId' in before ? before.conversationId : 'actorId' in before ? before.actorId : null}`,
      ),
    )
    .orderBy(deliveries.position)
  let left: Overwritable = before
  for (const later of rows) {
    const [rest, inheriting] = handedOn(left, later.before as Overwritable)
    left = rest
    await tx
      .update(deliveries)
      .set({ before: inheriting })
      .where(and(eq(deliveries.workspaceId, row.workspaceId), eq(deliveries.id, later.id)))
  }
  return left
}

/** What stays to be restored by the first, and what the later one would restore from now on. */
function handedOn(first: Overwritable, later: Overwritable): [Overwritable, Overwritable] {
  const isReplaced = ([column]: [string, unknown]) => Object.hasOwn(later.before, column)
  const entries = Object.entries(first.before)
  const rest = { ...first, before: Object.fromEntries(entries.filter((entry) => !isReplaced(entry))) }
  const inheriting = { ...later, before: { ...later.before, ...Object.fromEntries(entries.filter(isReplaced)) } }
  if (rest.kind === 'fields' && inheriting.kind === 'fields' && rest.tags && inheriting.tags) {
    const [own, others] = [rest.tags, inheriting.tags]
    const without = (ids: string[], gone: string[]) => ids.filter((id) => !gone.includes(id))
    rest.tags = { added: without(own.added, others.removed), removed: without(own.removed, others.added) }
    inheriting.tags = { added: without(others.added, own.removed), removed: without(others.removed, own.added) }
  }
  return [rest, inheriting]
}
