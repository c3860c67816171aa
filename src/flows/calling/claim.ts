/**
 * Who sends what: a lease by the database clock, longer than a request may take, so that what a killed worker had is sent
 * again by another. A receiver that is slow or dead has a few places of its own and holds up nobody else.
 */
import { sql } from 'drizzle-orm'
import type { WebhookEvent } from '#vocabulary.ts'
import type { Calling } from './calling.ts'

export type Claimed = {
  workspaceId: string
  id: string
  webhookId: string
  event: WebhookEvent
  clusterId: string
  transactionId: string
  position: string
  subjectId: string
  ticketId: string | null
  messageId: string | null
  changeType: string | null
  changedFields: string[]
  clientMutationId: string | null
  at: Date
  body: string | null
  bodyFor: string | null
  /** Whoever has another one of the same delivery came later: what this one leads to is then noted no more. */
  lease: string
  /** Before this one. */
  attempts: number
}

/** Past what making and sending a request may take together, see `send.ts` and `calling.ts`. */
const LEASE_SECONDS = 30
/** Requests to one receiver at once; one that failed last time is tried one by one. */
const PER_WEBHOOK = 4

/** What is due, oldest first and from every webhook alike. */
export async function claim({ db, workspaceIds }: Calling, limit: number): Promise<Claimed[]> {
  const isDue = sql`state = 'WAITING' and next_attempt_at <= now() and (lease_until is null or lease_until <= now())`
  const { rows } = await db.execute<Claimed>(sql`
    -- 1. webhooks with something due, and how many more requests each may have under way
    with listening as (
      select workspace_id, id, case when failing_since is null then ${PER_WEBHOOK}::int else 1 end - (
        select count(*) from webhook_deliveries held
        where held.workspace_id = w.workspace_id and held.webhook_id = w.id and state = 'WAITING' and lease_until > now()
      ) as room
      from webhooks w
      where is_enabled and workspace_id = any(${sql.param(workspaceIds)}::uuid[]) and exists (
        select from webhook_deliveries due where due.workspace_id = w.workspace_id and due.webhook_id = w.id and ${isDue})
    -- 2. the oldest of each
    ), free as (
      select due.* from listening, lateral (
        select due.workspace_id, due.id from webhook_deliveries due
        where due.workspace_id = listening.workspace_id and due.webhook_id = listening.id and ${isDue}
        order by next_attempt_at, number limit greatest(listening.room, 0)
        for update skip locked
      ) due limit ${limit}
    )
    update webhook_deliveries taken
    set lease = gen_random_uuid(), lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    from free where taken.workspace_id = free.workspace_id and taken.id = free.id
    returning taken.workspace_id as "workspaceId", taken.id, webhook_id as "webhookId", event,
      cluster_id::text as "clusterId", transaction_id::text as "transactionId", log_position::text as position,
      subject_id as "subjectId", ticket_id as "ticketId", message_id as "messageId", change_type as "changeType",
      changed_fields as "changedFields", client_mutation_id as "clientMutationId", at, body, body_for as "bodyFor", lease, attempts`)
  // drizzle leaves times of raw statements as text
  return rows.map((row) => ({ ...row, at: new Date(row.at) }))
}
