/** Notes calls together with what follows from them: a call that was noted before has no effect again. */
import type { WebhookNews } from '#connectors/contract.ts'
import { inParallel } from '#connectors/in-parallel.ts'
import { webhookCalls } from '#domain/webhook-calls/table.ts'
import type { Db } from '#platform/db/client.ts'
import type { DbOf } from '#platform/db/wall.ts'
import { inGroups } from './in-groups.ts'

export type Call = WebhookNews & { workspaceId: string; backendId: string }
export type HeardOf = { workspaceId: string; backendId: string; externalId: string }
export type OnHeardOf = (db: Db, ticket: HeardOf) => Promise<void>

/** At a thousand calls a second some fifty wait; many more than this come only while Postgres does not answer. */
const MOST_WAITING = 2000
/** The gateway's other connections are for its readers. */
const TRANSACTIONS_AT_ONCE = 3

/** `heardOf` is called in the transaction that notes a call, once for however many new calls tell of the ticket. */
export function openCallLog({ dbOf, heardOf }: { dbOf: DbOf; heardOf: OnHeardOf }) {
  return inGroups(
    async (calls: Call[]) => {
      const byTickets = Map.groupBy(calls, ({ backendId, ticketExternalIds }) =>
        [backendId, ...ticketExternalIds].join(),
      )
      await inParallel([...byTickets.values()], TRANSACTIONS_AT_ONCE, (alike) => noteCalls(dbOf, alike, heardOf))
    },
    { mostWaiting: MOST_WAITING },
  )
}

/**
 * Calls that tell of the same. A transaction touches one job only: with two it could wait for a worker that notes the end
 * of both in the other order, and such a deadlock ends the worker's runner.
 */
async function noteCalls(dbOf: DbOf, calls: Call[], heardOf: OnHeardOf): Promise<void> {
  const [{ workspaceId, backendId, ticketExternalIds }] = calls as [Call]
  const [ticket, ...others] = ticketExternalIds.map((externalId) => ({ workspaceId, backendId, externalId }))
  const db = dbOf(workspaceId)
  // Everywhere in the same order, so that two gateways with the same calls never wait for each other.
  const ids = [...new Set(calls.map(({ id }) => id))].sort()
  await db.transaction(async (tx) => {
    const noted = await tx
      .insert(webhookCalls)
      .values(ids.map((callId) => ({ workspaceId, backendId, callId })))
      .onConflictDoNothing()
      .returning({ callId: webhookCalls.callId })
    if (noted.length === 0 || !ticket) return
    // Each at once and for good, which is one reading too many should this transaction fail.
    for (const other of others) await heardOf(db, other)
    await heardOf(tx, ticket)
  })
}
