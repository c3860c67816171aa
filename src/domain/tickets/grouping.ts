/** What tickets are put into groups by, as words and as SQL. */
import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { enumOf } from '#platform/graphql/builder.ts'
import { tickets } from './table.ts'

export const ticketGroupings = {
  STATUS: 'By how far they are.',
  PRIORITY: 'By how urgent they are.',
  ASSIGNEE: 'By who has them.',
  DEPARTMENT: 'By the department that has them.',
  CHANNEL: 'By the kind of channel they came on.',
  TAG: 'By tag; a ticket stands under each of its tags.',
  BACKEND: 'By help desk.',
  LANGUAGE: 'By the language of the contact.',
  REQUESTER: 'By who asks.',
} as const
export type TicketGrouping = keyof typeof ticketGroupings

export const TicketGroupByEnum = enumOf('TicketGroupBy', 'What tickets can be put into groups by.', ticketGroupings)

type Grouping = {
  /** What ids of groups are: those of rows, or words. */
  type: 'uuid' | 'text'
  /** The id of a ticket's group, null for none, and what has to be joined for it; a ticket in several gives several rows. */
  id: SQL
  join?: SQL
  /** Whether a ticket stands in the group `parent.id`. */
  isInParent: SQL
  /** Whether it stands in none. */
  isInNone: SQL
}

const isTagged = sql`tt.workspace_id = ${tickets.workspaceId} and tt.ticket_id = ${tickets.id}`

export const groupings: Record<TicketGrouping, Grouping> = {
  STATUS: byColumn(tickets.status, 'text'),
  PRIORITY: byColumn(tickets.priority, 'text'),
  ASSIGNEE: byColumn(tickets.assigneeId, 'uuid'),
  DEPARTMENT: byColumn(tickets.departmentId, 'uuid'),
  CHANNEL: {
    type: 'text',
    id: sql`ch.type`,
    join: sql`left join channels ch on ch.workspace_id = ${tickets.workspaceId} and ch.id = ${tickets.channelId}`,
    isInParent: sql`${tickets.channelId} in (select ch.id from channels ch where ch.workspace_id = ${tickets.workspaceId} and ch.type = parent.id)`,
    isInNone: sql`${tickets.channelId} is null`,
  },
  TAG: {
    type: 'uuid',
    id: sql`tt.tag_id`,
    join: sql`left join ticket_tags tt on ${isTagged}`,
    isInParent: sql`exists (select from ticket_tags tt where ${isTagged} and tt.tag_id = parent.id)`,
    isInNone: sql`${tickets.tagIds} = '{}'`,
  },
  BACKEND: byColumn(tickets.backendId, 'uuid'),
  LANGUAGE: byColumn(tickets.contactLanguage, 'text'),
  REQUESTER: byColumn(tickets.requesterId, 'uuid'),
}

function byColumn(column: PgColumn, type: Grouping['type']): Grouping {
  return {
    type,
    id: sql`${column}`,
    isInParent: sql`${column} = parent.id`,
    isInNone: sql`${column} is null`,
  }
}
