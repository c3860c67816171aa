/** What stands in a timeline: messages, declared with their own concept, and events of several types. */
import { getTableColumns } from 'drizzle-orm'
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { oneBy, type RowOf } from '#platform/db/loader.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { type TicketEventType, timelineItemTypes } from '#vocabulary.ts'
import { ticketEvents } from './table.ts'

const { contentHash: _hash, ...eventColumns } = getTableColumns(ticketEvents)
export type EventRow = RowOf<typeof eventColumns>
export const eventById = oneBy(ticketEvents, ticketEvents.id, eventColumns)

export const TimelineItemTypeEnum = enumOf('TimelineItemType', 'What stands in a timeline.', timelineItemTypes)

const typeNames: Partial<Record<TicketEventType, string>> = {
  STATUS_CHANGED: 'StatusChangedItem',
  PRIORITY_CHANGED: 'PriorityChangedItem',
  ASSIGNMENT_CHANGED: 'AssignmentChangedItem',
  TAGS_CHANGED: 'TagsChangedItem',
  MERGED: 'MergeItem',
  UNMERGED: 'MergeItem',
}

/** Which type of the graph an event is: without knowing from what to what it is one of words only. */
export function typeNameOfEvent({ type, change }: Pick<EventRow, 'type' | 'change'>): string {
  return (change && typeNames[type]) || 'GenericEventItem'
}

export const TimelineItem = builder.interfaceRef<{ id: string }>('TimelineItem').implement({
  description: 'Something that stands in the timeline of a ticket.',
  resolveType: (row) => ('change' in row ? typeNameOfEvent(row as EventRow) : 'Message'),
  fields: (t) => ({
    id: t.id({
      description: 'Opaque global id; `node(id:)` finds it again.',
      resolve: (row) => nodeIdOf(typeNameOfEvent(row as EventRow), row.id),
    }),
    itemType: t.field({
      type: TimelineItemTypeEnum,
      description: 'What it is.',
      resolve: (row) => (row as EventRow).type,
    }),
    at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: (row) => (row as EventRow).at }),
    actor: t.field({
      type: Actor,
      nullable: true,
      description: 'Who did it; null when that is not known.',
      resolve: (row, _args, context) => actorOf(context, (row as EventRow).actorId),
    }),
  }),
})
