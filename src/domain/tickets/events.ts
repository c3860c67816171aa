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
  at: Date
  actorId: string | null
}

/** What happened between two rows of a ticket; of a merge also what the other ticket has to tell. */
export function eventsBetween(before: WholeTicket, after: WholeTicket, circumstances: Circumstances): TicketEvent[] {
  const { changedFields, tagged, at, actorId } = circumstances
  const { workspaceId, backendId, id: ticketId } = after
  const events: TicketEvent[] = []
  const add = (type: TicketEventType, label: string, told: Partial<TicketEvent> = {}) =>
    events.push({ workspaceId, backendId, ticketId, type, at, actorId, label, ...told })
  const differs = (...columns: (keyof WholeTicket)[]) => columns.some((name) => !isSame(before[name], after[name]))

  if (differs('subject'))
    add('SUBJECT_CHANGED', 'Subject changed', { detail: { from: before.subject, to: after.subject } })
  if (before.status !== after.status || before.statusDetail.raw !== after.statusDetail.raw) {
    const changedAt = differs('lastStatusChangedAt') ? after.lastStatusChangedAt : null
    add('STATUS_CHANGED', 'Status changed', {
      at: changedAt ?? at,
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
  if (before.mergedIntoId !== after.mergedIntoId) events.push(...mergesBetween(before, after, at, actorId))
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
    events.map(({ tagged, ...event }, index) => {
      const id = uuidv7()
      return {
        // As the help desk's own events have ids of theirs.
        ...{ ...event, id, externalId: `deskgraph:${id}`, kind: event.type },
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
 * ours gives way to the nearest of the same type within an hour, since a promised change may be late there and a pulled
 * one late here, and leaves it what it knows.
 */
export async function giveWayToLog(tx: Db, workspaceId: string, ticketIds: readonly string[]): Promise<void> {
  if (ticketIds.length === 0) return
  await tx.execute(sql`
    -- 1. each of our events and the nearest one of the log that took none yet
    with told as (
      select distinct on (log.id) log.id, ours.id as our_id, ours.change, ours.actor_id
      from ticket_events ours
      cross join lateral (
        select id, at from ticket_events log
        where log.workspace_id = ours.workspace_id and log.ticket_id = ours.ticket_id and log.type = ours.type
          and log.external_id not like 'deskgraph:%' and log.change is null
          and log.at between ours.at - interval '1 hour' and ours.at + interval '1 hour'
        order by abs(extract(epoch from log.at - ours.at)) limit 1) log
      where ours.workspace_id = ${workspaceId} and ours.ticket_id = any(${sql.param(ticketIds)}::uuid[])
        and ours.external_id like 'deskgraph:%' and ours.type <> 'OTHER'
      order by log.id, abs(extract(epoch from log.at - ours.at)), ours.id
    -- 2. that one stays, with what ours knows
    ), kept as (
      update ticket_events log set change = told.change, actor_id = coalesce(log.actor_id, told.actor_id)
      from told where log.workspace_id = ${workspaceId} and log.id = told.id
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
function mergesBetween(before: WholeTicket, after: WholeTicket, at: Date, actorId: string | null): TicketEvent[] {
  const { workspaceId, backendId, id: sourceId } = after
  const shared = { workspaceId, backendId, at, actorId }
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
