/** The events of a timeline. */
import { Assignee, Department } from '#domain/actors/agents.ts'
import { actorOf, departmentOf } from '#domain/actors/loaders.ts'
import { Tag } from '#domain/tags/graphql.ts'
import { type TagRow, tagById } from '#domain/tags/loaders.ts'
import { TicketPriorityEnum, TicketStatusEnum } from '#domain/tickets/filter.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { BackendLabel } from '#domain/tickets/parts.ts'
import type { EventChange, NamedTag } from '#domain/tickets/table.ts'
import { type EventRow, eventById, TimelineItem, typeNameOfEvent } from '#domain/tickets/timeline-item.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import type { LoadContext } from '#platform/db/loader.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'

/** An event whose change is known. */
type Changed<Type extends keyof EventChange> = Omit<EventRow, 'change'> & { change: EventChange[Type] }

builder.objectRef<Changed<'STATUS_CHANGED'>>('StatusChangedItem').implement({
  scopes: ['TICKETS_READ'],
  description: 'A ticket got another status.',
  interfaces: [TimelineItem, Node],
  fields: (t) => ({
    id: t.id(nodeIdField('StatusChangedItem')),
    from: t.field({
      type: TicketStatusEnum,
      nullable: true,
      description: 'What it was.',
      resolve: ({ change }) => change.from.status,
    }),
    to: t.field({ type: TicketStatusEnum, description: 'What it became.', resolve: ({ change }) => change.to.status }),
    fromDetail: t.field({
      type: BackendLabel,
      nullable: true,
      description: "What it was, in the help desk's own words.",
      resolve: ({ change }) => change.from.detail,
    }),
    toDetail: t.field({
      type: BackendLabel,
      description: "What it became, in the help desk's own words.",
      resolve: ({ change }) => change.to.detail,
    }),
  }),
})

builder.objectRef<Changed<'PRIORITY_CHANGED'>>('PriorityChangedItem').implement({
  scopes: ['TICKETS_READ'],
  description: 'A ticket got another priority.',
  interfaces: [TimelineItem, Node],
  fields: (t) => ({
    id: t.id(nodeIdField('PriorityChangedItem')),
    from: t.field({
      type: TicketPriorityEnum,
      nullable: true,
      description: 'What it was; null for none.',
      resolve: ({ change }) => change.from,
    }),
    to: t.field({
      type: TicketPriorityEnum,
      nullable: true,
      description: 'What it became; null for none.',
      resolve: ({ change }) => change.to,
    }),
  }),
})

builder.objectRef<Changed<'ASSIGNMENT_CHANGED'>>('AssignmentChangedItem').implement({
  scopes: ['TICKETS_READ'],
  description: 'Another agent or department got a ticket.',
  interfaces: [TimelineItem, Node],
  fields: (t) => ({
    id: t.id(nodeIdField('AssignmentChangedItem')),
    fromAssignee: t.field({
      type: Assignee,
      nullable: true,
      description: 'Who had it; null for nobody.',
      resolve: ({ change }, _args, context) => actorOf(context, change.from.assigneeId),
    }),
    toAssignee: t.field({
      type: Assignee,
      nullable: true,
      description: 'Who has it since; null for nobody.',
      resolve: ({ change }, _args, context) => actorOf(context, change.to.assigneeId),
    }),
    fromDepartment: t.field({
      type: Department,
      nullable: true,
      description: 'Which department had it; null for none.',
      resolve: ({ change }, _args, context) => departmentOf(context, change.from.departmentId),
    }),
    toDepartment: t.field({
      type: Department,
      nullable: true,
      description: 'Which department has it since; null for none.',
      resolve: ({ change }, _args, context) => departmentOf(context, change.to.departmentId),
    }),
  }),
})

builder.objectRef<Changed<'TAGS_CHANGED'>>('TagsChangedItem').implement({
  scopes: ['TICKETS_READ'],
  description: 'Tags were put on a ticket or taken off.',
  interfaces: [TimelineItem, Node],
  fields: (t) => ({
    id: t.id(nodeIdField('TagsChangedItem')),
    added: t.field({
      type: [Tag],
      description: 'Those put on.',
      resolve: ({ change }, _args, context) => Promise.all(change.added.map((tag) => tagOrName(context, tag))),
    }),
    removed: t.field({
      type: [Tag],
      description: 'Those taken off.',
      resolve: ({ change }, _args, context) => Promise.all(change.removed.map((tag) => tagOrName(context, tag))),
    }),
  }),
})

builder.objectRef<Changed<'MERGED'>>('MergeItem').implement({
  scopes: ['TICKETS_READ'],
  description: 'Two tickets became one, or were taken apart again.',
  interfaces: [TimelineItem, Node],
  fields: (t) => ({
    id: t.id(nodeIdField('MergeItem')),
    source: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket that went into the other; null when it is gone.',
      resolve: ({ change }, _args, context) => visibleTicket(context, change.sourceId),
    }),
    target: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket that stayed; null when it is gone.',
      resolve: ({ change }, _args, context) => visibleTicket(context, change.targetId),
    }),
    movedMessageCount: t.int({
      nullable: true,
      description: 'How many messages and notes moved; null when the help desk merged them and did not say.',
      resolve: ({ change }) => change.movedMessageCount,
    }),
  }),
})

builder.objectRef<EventRow>('GenericEventItem').implement({
  scopes: ['TICKETS_READ'],
  description:
    'Anything else that happened to a ticket, and what the help desk only tells in words: `itemType` says of what kind it is.',
  interfaces: [TimelineItem, Node],
  fields: (t) => ({
    id: t.id(nodeIdField('GenericEventItem')),
    label: t.exposeString('label', { description: 'What happened, in words for people.' }),
    detail: t.field({
      type: 'JSON',
      nullable: true,
      description: "From what to what, or all that the help desk's own log has.",
      resolve: ({ detail }) => detail,
    }),
  }),
})

for (const typeName of [
  ...['StatusChangedItem', 'PriorityChangedItem', 'AssignmentChangedItem', 'TagsChangedItem', 'MergeItem'],
  'GenericEventItem',
])
  registerNode(typeName, (context, id) => eventOfType(context, id, typeName))

/** Contacts find only what their own ticket's timeline shows them. */
async function eventOfType(context: GraphContext, id: string, typeName: string): Promise<EventRow | null> {
  const event = await eventById(context, id)
  if (!event || typeNameOfEvent(event) !== typeName) return null
  if (context.viewer.role !== 'CONTACT') return event
  return typeName === 'StatusChangedItem' && (await visibleTicket(context, event.ticketId)) ? event : null
}

/** The name it had then, when it is gone. */
async function tagOrName(context: LoadContext, { id, name }: NamedTag): Promise<TagRow> {
  const gone = { workspaceId: context.workspaceId, backendId: null, externalId: null, color: null, createdAt: null }
  return (await tagById(context, id)) ?? { ...gone, id, name, contentHash: '' }
}
