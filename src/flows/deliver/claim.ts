/**
 * Who carries out which delivery: a lease of seconds by the database clock, so that a killed worker is succeeded soon, and
 * one after the other where deliveries concern the same thing.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { BackendProblem } from '#domain/backends/table.ts'
import type { PromisedOperation } from '#domain/deliveries/promise.ts'
import type { Db } from '#platform/db/client.ts'

export type Claimed = {
  workspaceId: string
  id: string
  backendId: string
  ticketId: string | null
  messageId: string | null
  operation: PromisedOperation
  input: unknown
  /** SENDING: an earlier attempt went out, and nobody knows what became of it. */
  state: 'QUEUED' | 'SENDING'
  attempts: number
  /** Whose command promised it. */
  tokenName: string | null
  /** When it was promised, in milliseconds since 1970. */
  createdAtMs: number
}

/** Another worker has it now; whatever was done is looked up by that one. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError'
}

type ClaimOptions = {
  owner: string
  limit: number
  leaseMs: number
  settlesAfterMs: number
  /** What this owner is at already: its lease may have run out without its noticing. */
  held: string[]
}

/**
 * Takes what is due of a backend, oldest first. Left alone: what an earlier open delivery blocks, what may still be at
 * work at the help desk, and backends that cannot be reached with the credentials or the quota they have.
 */
export async function claim(
  db: Db,
  { workspaceId, backendId }: { workspaceId: string; backendId: string },
  { owner, limit, leaseMs, settlesAfterMs, held }: ClaimOptions,
): Promise<Claimed[]> {
  const isDue = (row: SQL) => sql`${row}.state in ('QUEUED', 'SENDING') and ${row}.next_attempt_at <= now()
    and (${row}.lease_until is null or ${row}.lease_until <= now())
    and (${row}.state = 'QUEUED' or ${row}.sending_at <= now() - make_interval(secs => ${settlesAfterMs / 1000}))`
  const { rows } = await db.execute<Claimed>(sql`
    -- 1. everything that is open, once in each of its lanes
    with in_lane as materialized (
      select id, position, lane,
        operation = 'saveDraft' and state = 'QUEUED' and attempts = 0 and next_attempt_at > now() as is_resting
      from deliveries, unnest(lanes) as lane
      where workspace_id = ${workspaceId} and state in ('QUEUED', 'SENDING')
    -- 2. who comes first in each, and who has to wait for that; not for a draft that rests until more of it is written
    ), first_in_lane as (
      select lane, min(position) as position from in_lane where not is_resting group by lane
    ), blocked as (
      select in_lane.id from in_lane join first_in_lane using (lane) where in_lane.position > first_in_lane.position
    -- 3. the oldest that are due and wait for nobody
    ), free as (
      select id from deliveries due
      where workspace_id = ${workspaceId} and backend_id = ${backendId} and ${isDue(sql`due`)}
        and id <> all(${sql.param(held)}::uuid[]) and id not in (select id from blocked)
        and exists (
          select from backends backend
          where backend.workspace_id = ${workspaceId} and backend.id = ${backendId}
            and backend.is_connected and backend.health not in ('AUTH_FAILED', 'PAUSED')
            and (backend.health <> 'QUOTA_EXHAUSTED' or (backend.problem ->> 'retryAt')::timestamptz <= now()))
      order by position limit ${limit}
      for update skip locked
    )
    update deliveries taken set lease_owner = ${owner}, lease_until = now() + make_interval(secs => ${leaseMs / 1000})
    from free
    -- two claims at once see the same rows: the second waits for the first and looks again
    where taken.workspace_id = ${workspaceId} and taken.id = free.id and ${isDue(sql`taken`)}
    returning taken.workspace_id as "workspaceId", taken.id, backend_id as "backendId", ticket_id as "ticketId",
      message_id as "messageId", operation, input, state, attempts, token_name as "tokenName",
      extract(epoch from created_at)::float8 * 1000 as "createdAtMs"`)
  return rows
}

export type Lease = {
  owner: string
  /** True from the moment its call may be going out. */
  isOut: boolean
  /** @throws LeaseLostError when it may have run out, as after the process was stopped for a while. */
  check(): void
}

/**
 * Holds on to what nobody else took meanwhile, even past the end of the lease. What is going out counts as sent only now:
 * its call may wait for files or for the budget. Of any workspace: one owner may serve several.
 */
export async function renewLeases(
  db: Db,
  owner: string,
  { ids, out, leaseMs }: { ids: string[]; out: string[]; leaseMs: number },
): Promise<Set<string>> {
  const { rows } = await db.execute<{ id: string }>(sql`
    update deliveries set lease_until = now() + make_interval(secs => ${leaseMs / 1000}),
      sending_at = case when id = any(${sql.param(out)}::uuid[]) then now() else sending_at end
    where id = any(${sql.param(ids)}::uuid[]) and lease_owner = ${owner} and state in ('QUEUED', 'SENDING')
    returning id`)
  return new Set(rows.map(({ id }) => id))
}

/** Written before the call goes out: whoever finds it so after a crash has to look first. */
export async function markSending(db: Db, { workspaceId, id }: Claimed, lease: Lease): Promise<void> {
  const { rowCount } = await db.execute(sql`
    update deliveries set state = 'SENDING', sending_at = now(), attempts = attempts + 1
    where workspace_id = ${workspaceId} and id = ${id} and lease_owner = ${lease.owner} and lease_until > now()
      and state in ('QUEUED', 'SENDING')`)
  if (rowCount === 0) throw new LeaseLostError('the lease on this delivery ran out')
  lease.isOut = true
}

/** Where a delivery goes from here. `wait`: not before so many milliseconds. */
export type Next =
  | { state: 'QUEUED' | 'SENDING'; problem: BackendProblem | null; waitMs: number }
  | { state: 'SETTLED' | 'REFUSED' | 'UNCERTAIN'; problem: BackendProblem | null }

/** Notes what became of it and gives the lease back. Only its holder may; late, as long as nobody else took it. */
export async function conclude(tx: Db, { workspaceId, id }: Claimed, { owner }: Lease, next: Next): Promise<void> {
  const waitMs = 'waitMs' in next ? next.waitMs : 0
  const isEnd = !('waitMs' in next)
  const { rowCount } = await tx.execute(sql`
    update deliveries set state = ${next.state}, lease_owner = null, lease_until = null,
      problem = ${next.problem === null ? null : JSON.stringify(next.problem)}::jsonb,
      next_attempt_at = now() + make_interval(secs => ${waitMs / 1000}),
      settled_at = case when ${isEnd} then now() end
    where workspace_id = ${workspaceId} and id = ${id} and lease_owner = ${owner}
      and state in ('QUEUED', 'SENDING')`)
  if (rowCount === 0) throw new LeaseLostError('somebody else has this delivery now')
}
