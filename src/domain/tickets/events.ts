/** What a change of a ticket says to people: the events of its timeline, beside its messages. */
import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { tags } from '#domain/tags/table.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import type { Db } from '#platform/db/client.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import type { TicketEventType } from '#vocabulary.ts'
import { isSame } from './differences.ts'
import { type EventChange, ticketEvents, type WholeTicket } from './table.ts'

export type TicketEvent = {
  workspaceId: string
  backendId: string
  ticketId: string
  type: TicketEventType
  /** Done by a command here, or seen in an answer of the help desk. */
  source: 'COMMAND' | 'SYNC'
  at: Date
  actorId: string | null
  label: string
  change?: EventChange[keyof EventChange]
  /** For TAGS_CHANGED in the place of the change: names are added when it is written. */
  tagged?: TagChange
  detail?: object
}

/** Ids of tags. */
export type TagChange = { added: string[]; removed: string[] }

type Circumstances = {
  /** Names of graph fields, see `changedFieldsOf`. */
  changedFields: readonly string[]
  tagged?: TagChange | undefined
} & Pick<TicketEvent, 'source' | 'at' | 'actorId'>

type Shared = Pick<TicketEvent, 'workspaceId' | 'backendId' | 'source' | 'at' | 'actorId'>

/** What happened between two rows of a ticket; of a merge also what the other ticket has to tell. */
export function eventsBetween(before: WholeTicket, after: WholeTicket, circumstances: Circumstances): TicketEvent[] {
  const { changedFields, tagged, ...origin } = circumstances
  const shared = { workspaceId: after.workspaceId, backendId: after.backendId, ...origin }
  const events: TicketEvent[] = []
  const add = (type: TicketEventType, label: string, told: Partial<TicketEvent> = {}) =>
    events.push({ ...shared, ticketId: after.id, type, label, ...told })
  const differs = (...columns: (keyof WholeTicket)[]) => columns.some((name) => !isSame(before[name], after[name]))

  if (differs('subject'))
    add('SUBJECT_CHANGED', 'Subject changed', { detail: { from: before.subject, to: after.subject } })
  if (before.status !== after.status || before.statusDetail.raw !== after.statusDetail.raw) {
    const changedAt = differs('lastStatusChangedAt') ? after.lastStatusChangedAt : null
    add('STATUS_CHANGED', 'Status changed', {
      at: changedAt ?? origin.at,
      change: { from: statusOf(before), to: statusOf(after) },
    })
  }
  if (differs('priority'))
    add('PRIORITY_CHANGED', 'Priority changed', { change: { from: before.priority, to: after.priority } })
  if (differs('assigneeId', 'departmentId'))
    add('ASSIGNMENT_CHANGED', 'Assignment changed', { change: { from: assignmentOf(before), to: assignmentOf(after) } })
  const tagChange = tagged && withoutReturns(tagged)
  if (tagChange && tagChange.added.length + tagChange.removed.length > 0)
    add('TAGS_CHANGED', 'Tags changed', { tagged: tagChange })
  if (before.mergedIntoId !== after.mergedIntoId) events.push(...mergesBetween(before, after, shared))
  if (differs('isRecycled')) {
    if (after.isRecycled) add('RECYCLED', 'Moved to the recycle bin')
    else add('RESTORED', 'Taken out of the recycle bin')
  }
  // A new message or an answer does that to a ticket too, and stands in the timeline itself.
  if (!changedFields.includes('messages')) {
    for (const [column, side] of [
      ['isReadByAgent', 'AGENT'],
      ['isReadByContact', 'CONTACT'],
    ] as const) {
      const label = `Marked as ${after[column] ? 'read' : 'unread'}`
      if (differs(column)) add('READ_STATE_CHANGED', label, { detail: { side, isRead: after[column] } })
    }
  }
  if (differs('slaState'))
    add('SLA_CHANGED', 'Promised time of answer', { detail: { from: before.slaState, to: after.slaState } })
  return events
}

export async function insertEvents(tx: Db, events: readonly TicketEvent[]): Promise<void> {
  const names = await tagNames(tx, events)
  await insertRows(
    tx,
    events.map(({ tagged, source, ...event }, index) => {
      const id = uuidv7()
      return {
        // As the help desk's own events have ids of theirs.
        ...{ ...event, id, externalId: `deskgraph:${id}`, kind: source },
        // Behind what was written here in the same moment, see the sequence of such messages.
        sequence: event.at.getTime() * 100 + 50 + Math.min(index, 49),
        change: (tagged ? named(tagged, names) : event.change) ?? null,
        ...{ detail: event.detail ?? null, contentHash: '' },
      }
    }),
  )
}

/**
 * What a help desk tells in its own log, too, shall not stand twice. Its event says who and when, ours from what to what:
 * ours gives way to one of the same type and leaves it what it knows. What was done here may reach the log late, what
 * was seen there may be seen late: by an hour at most, and two minutes the other way, since clocks differ.
 */
export async function giveWayToLog(tx: Db, workspaceId: string, ticketIds: readonly string[]): Promise<void> {
  if (ticketIds.length === 0) return
  await tx.execute(sql`
    -- 1. our events and those of the log that took none yet: the first one done with the first, the last one seen with the last
    with near as (
      select ours.id as our_id, ours.change, ours.actor_id, log.id as log_id,
        dense_rank() over (ours_in_order order by direction * extract(epoch from ours.at), ours.id) as our_place,
        dense_rank() over (ours_in_order order by direction * extract(epoch from log.at), log.id) as log_place
      from ticket_events ours
      cross join lateral (select case ours.kind when 'SYNC' then -1 else 1 end as direction) d
      join ticket_events log on log.workspace_id = ours.workspace_id and log.ticket_id = ours.ticket_id
        and log.type = ours.type and log.external_id not like 'deskgraph:%' and log.change is null
        and direction * extract(epoch from log.at - ours.at) between -120 and 3600
      where ours.workspace_id = ${workspaceId} and ours.ticket_id = any(${sql.param(ticketIds)}::uuid[])
        and ours.external_id like 'deskgraph:%'
      window ours_in_order as (partition by ours.ticket_id, ours.type, ours.kind)
    ), told as (
      select distinct on (log_id) * from near where our_place = log_place order by log_id, our_id
    -- 2. that one stays, with what ours knows
    ), kept as (
      update ticket_events log set change = told.change, actor_id = coalesce(log.actor_id, told.actor_id)
      from told where log.workspace_id = ${workspaceId} and log.id = told.log_id
    )
    delete from ticket_events using told
    where ticket_events.workspace_id = ${workspaceId} and ticket_events.id = told.our_id`)
}

function statusOf({ status, statusDetail: detail }: WholeTicket) {
  return { status, detail }
}

function assignmentOf({ assigneeId, departmentId }: WholeTicket) {
  return { assigneeId, departmentId }
}

/** Both tickets tell of it. How much moved is known only where the thread was moved here. */
function mergesBetween(before: WholeTicket, after: WholeTicket, shared: Shared): TicketEvent[] {
  const { id: sourceId } = after
  return ([before.mergedIntoId, after.mergedIntoId] as const).flatMap((targetId, index) => {
    if (targetId === null) return []
    const isMerge = index === 1
    const { isThreadMoved } = isMerge ? after : before
    const moved = isMerge ? before.messageCount - after.messageCount : after.messageCount - before.messageCount
    const change = { sourceId, targetId, movedMessageCount: isThreadMoved ? Math.max(0, moved) : null }
    const type = isMerge ? ('MERGED' as const) : ('UNMERGED' as const)
    const label = isMerge ? 'Merged' : 'Merge taken back'
    return [sourceId, targetId].map((ticketId) => ({ ...shared, ticketId, type, label, change }))
  })
}

/** What was put on and taken off again did not change. */
function withoutReturns({ added, removed }: TagChange): TagChange {
  return { added: added.filter((id) => !removed.includes(id)), removed: removed.filter((id) => !added.includes(id)) }
}

async function tagNames(tx: Db, events: readonly TicketEvent[]): Promise<Map<string, string>> {
  const ids = events.flatMap(({ tagged }) => (tagged ? [...tagged.added, ...tagged.removed] : []))
  const [first] = events
  if (!first || ids.length === 0) return new Map()
  const rows = await tx
    .select({ id: tags.id, name: tags.name })
    .from(tags)
    .where(and(eq(tags.workspaceId, first.workspaceId), anyOfIds(tags.id, [...new Set(ids)])))
  return new Map(rows.map(({ id, name }) => [id, name]))
}

function named({ added, removed }: TagChange, names: Map<string, string>): EventChange['TAGS_CHANGED'] {
  const withName = (id: string) => ({ id, name: names.get(id) ?? id })
  return { added: added.map(withName), removed: removed.map(withName) }
}

const insertRows = upsertInto(ticketEvents)
