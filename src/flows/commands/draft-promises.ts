/** Drafts on their way to a help desk that keeps them. */
import { and, eq, sql } from 'drizzle-orm'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import { discard, isHeld } from '#domain/deliveries/transitions.ts'
import type { WholeDraft } from '#domain/drafts/table.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import type { Command } from './outcome.ts'
import { promise } from './promise.ts'
import type { TicketEdit } from './ticket-edit.ts'

/**
 * Editors save every few seconds, and help desks count calls (300 in five minutes, for all agents together; a save
 * takes two): what is written meanwhile goes out with the save that waits.
 */
const REST_MS = 20_000

/** The save that goes out reads what the draft says then, so that one that waits is enough. */
export async function promiseDraft(command: Command, { before }: TicketEdit, draftId: string): Promise<void> {
  const waiting = (await openSaves(command, before.id, draftId)).find(({ isBegun }) => !isBegun)
  if (waiting) {
    command.deliveryIds.push(waiting.id)
    return
  }
  await promise(command, {
    ...{ backendId: before.backendId, ticketId: before.id, operation: 'saveDraft', input: { draftId } },
    ...{ fields: ['draft'], before: { kind: 'draft', draftId }, restMs: REST_MS },
  })
}

/** Saves that nobody has begun are given up; told is only a help desk that has it, or may be getting it just now. */
export async function promiseDraftRemoval(
  command: Command,
  { before }: TicketEdit,
  { id, externalId, type }: WholeDraft,
): Promise<void> {
  const saves = await openSaves(command, before.id, id)
  const waiting = saves.filter(({ isBegun }) => !isBegun).map((save) => save.id)
  if (waiting.length > 0) await discard(command.tx, command.workspaceId, anyOfIds(deliveries.id, waiting), command.now)
  const mayBeThere = isVendorId(externalId) || saves.some(({ isBegun, attempts }) => isBegun || attempts > 0)
  if (!mayBeThere) return
  await promise(command, {
    ...{ backendId: before.backendId, ticketId: before.id, operation: 'deleteDraft', input: { type } },
    ...{ fields: ['draft'], before: { kind: 'draft', draftId: id } },
  })
}

/** Locked: a worker either has one already, or leaves it alone until this command is over. */
async function openSaves({ tx, workspaceId }: Command, ticketId: string, draftId: string) {
  const rows = await tx
    .select({ id: deliveries.id, state: deliveries.state, attempts: deliveries.attempts, isHeld })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.workspaceId, workspaceId),
        eq(deliveries.ticketId, ticketId),
        eq(deliveries.operation, 'saveDraft'),
        sql`${deliveries.state} in ('QUEUED', 'SENDING') and ${deliveries.input} ->> 'draftId' = ${draftId}`,
      ),
    )
    .orderBy(deliveries.position)
    .for('update')
  return rows.map((row) => ({ ...row, isBegun: row.state === 'SENDING' || row.isHeld }))
}
