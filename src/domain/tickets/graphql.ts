import { Assignee, Department } from '#domain/actors/agents.ts'
import { Contact } from '#domain/actors/contacts.ts'
import { CustomFieldValue } from '#domain/actors/custom-fields.ts'
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf, departmentById } from '#domain/actors/loaders.ts'
import { Backend, isStale, SyncInfo, type SyncInfoShape } from '#domain/backends/graphql.ts'
import { backendOf } from '#domain/backends/loaders.ts'
import { Channel, ChannelAccount } from '#domain/channels/graphql.ts'
import { accountById, channelById } from '#domain/channels/loaders.ts'
import { Tag } from '#domain/tags/graphql.ts'
import { bothFilters } from '#platform/db/filter.ts'
import type { LoadContext } from '#platform/db/loader.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { connectionWithEdge, pageArguments } from '#platform/graphql/connections.ts'
import { costs } from '#platform/graphql/cost.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { webAddress } from '#platform/graphql/web-address.ts'
import { categoryOfStatus } from '#vocabulary.ts'
import {
  ReplyingAgentModeEnum,
  type TicketFilterInput,
  TicketFilterRef,
  TicketPriorityEnum,
  TicketStatusCategoryEnum,
  TicketStatusEnum,
  ticketFilter,
  ticketsVisibleTo,
} from './filter.ts'
import {
  type TicketCounts,
  type TicketRow,
  tagsOfTicket,
  ticketCountsOfRequester,
  ticketRawById,
  ticketsMergedInto,
  ticketsOfRequester,
} from './loaders.ts'
import { TicketOrder, ticketOrder } from './order.ts'
import { BackendLabel, SlaStatus, TicketMetrics } from './parts.ts'
import { publicActivityOf, publicPreview } from './public-facts.ts'
import { visibleTicket } from './visible.ts'

export const Ticket = builder.objectRef<TicketRow>('Ticket')
export const { Connection: TicketConnection, Edge: TicketEdge } = connectionWithEdge('Ticket', Ticket, 'tickets')

/** Something under an id that may be missing. */
const maybe = <Row>(
  load: (context: LoadContext, id: string) => Promise<Row | null>,
  id: string | null,
  context: LoadContext,
) => (id === null ? null : load(context, id))

Ticket.implement({
  scopes: ['TICKETS_READ'],
  description: 'Something a customer asks of us, at one help desk, with everything said about it.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Ticket')),
    number: t.exposeString('number', { description: 'What people quote.' }),
    externalId: t.exposeString('externalId', { description: "The help desk's own id of it." }),
    url: t.field({
      hidden: fromContacts(null),
      type: 'URL',
      nullable: true,
      description: "Its page in the help desk's own console.",
      resolve: ({ url }) => webAddress(url),
    }),
    backend: t.field({
      type: Backend,
      description: 'The help desk it lives in.',
      resolve: (row, _args, context) => backendOf(context, row),
    }),
    subject: t.exposeString('subject', { description: 'What it is about; empty when nobody said.' }),
    preview: t.string({
      nullable: true,
      description: 'Plain text of the newest public message, at most 200 characters.',
      resolve: ({ id, preview }, _args, context) =>
        context.viewer.role === 'CONTACT' ? publicPreview(context, id) : preview,
    }),
    version: t.exposeInt('version', {
      hidden: fromContacts(0),
      description:
        'Raised by every change of the ticket and its thread; not by drafts, which have versions of their own.',
    }),

    status: t.field({ type: TicketStatusEnum, description: 'How far it is.', resolve: ({ status }) => status }),
    statusCategory: t.field({
      type: TicketStatusCategoryEnum,
      description: 'Who has to act next.',
      resolve: ({ status }) => categoryOfStatus[status],
    }),
    statusDetail: t.field({
      type: BackendLabel,
      description: "The state in the help desk's own words.",
      resolve: ({ statusDetail }) => statusDetail,
    }),
    priority: t.field({
      type: TicketPriorityEnum,
      nullable: true,
      description: 'How urgent it is; null when nobody said.',
      resolve: ({ priority }) => priority,
    }),
    priorityDetail: t.field({
      type: BackendLabel,
      nullable: true,
      description: "The priority in the help desk's own words.",
      resolve: ({ priorityDetail }) => priorityDetail,
    }),
    category: t.exposeString('category', {
      hidden: fromContacts(null),
      nullable: true,
      description: "The help desk's own sorting.",
    }),
    snoozedUntil: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'Until when it is parked.',
      resolve: ({ snoozedUntil }) => snoozedUntil,
    }),

    requester: t.field({
      type: Actor,
      nullable: true,
      description: 'Who asks; null when the help desk does not say.',
      resolve: (row, _args, context) => actorOf(context, row.requesterId),
    }),
    assignee: t.field({
      hidden: fromContacts(null),
      type: Assignee,
      nullable: true,
      description: 'Who has it.',
      resolve: (row, _args, context) => actorOf(context, row.assigneeId),
    }),
    department: t.field({
      hidden: fromContacts(null),
      type: Department,
      nullable: true,
      description: 'Which department has it.',
      resolve: (row, _args, context) => maybe(departmentById, row.departmentId, context),
    }),
    createdBy: t.field({
      type: Actor,
      nullable: true,
      description: 'Who opened it.',
      resolve: (row, _args, context) => actorOf(context, row.createdById),
    }),
    lastRepliedBy: t.field({
      type: Actor,
      nullable: true,
      description: 'Who answered last.',
      resolve: (row, _args, context) => actorOf(context, row.lastRepliedById),
    }),
    resolvedBy: t.field({
      hidden: fromContacts(null),
      type: Actor,
      nullable: true,
      description: 'Who resolved it.',
      resolve: (row, _args, context) => actorOf(context, row.resolvedById),
    }),

    channel: t.field({
      type: Channel,
      nullable: true,
      description: 'On which channel it came.',
      resolve: (row, _args, context) => maybe(channelById, row.channelId, context),
    }),
    channelAccount: t.field({
      type: ChannelAccount,
      nullable: true,
      description: 'On which account of the channel it came.',
      resolve: (row, _args, context) => maybe(accountById, row.channelAccountId, context),
    }),
    lastMessageChannel: t.field({
      type: Channel,
      nullable: true,
      description: 'The channel of the newest message.',
      resolve: (row, _args, context) => maybe(channelById, row.lastMessageChannelId, context),
    }),
    lastMessageChannelAccount: t.field({
      type: ChannelAccount,
      nullable: true,
      description: 'The channel account of the newest message.',
      resolve: (row, _args, context) => maybe(accountById, row.lastMessageChannelAccountId, context),
    }),
    originalConversationId: t.exposeString('originalConversationId', {
      hidden: fromContacts(null),
      nullable: true,
      description: 'Id of the conversation in the channel it came from.',
    }),

    isReadByAgent: t.exposeBoolean('isReadByAgent', {
      hidden: fromContacts(true),
      description: "Whether any agent has read it: the help desk's flag, or ours where it keeps none.",
    }),
    isReadByContact: t.exposeBoolean('isReadByContact', { description: 'Whether the contact has read everything.' }),
    isRecycled: t.exposeBoolean('isRecycled', { description: 'Whether it is in the recycle bin.' }),
    recycledAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is in the recycle bin.',
      resolve: ({ recycledAt }) => recycledAt,
    }),
    isSpam: t.exposeBoolean('isSpam', { hidden: fromContacts(false), description: 'Whether it is spam.' }),
    vanishedAt: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'When it was noticed that the help desk has it no more. It stays readable here.',
      resolve: ({ vanishedAt }) => vanishedAt,
    }),
    mergedInto: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket it was merged into.',
      resolve: (row, _args, context) => (row.mergedIntoId === null ? null : visibleTicket(context, row.mergedIntoId)),
    }),
    mergedFrom: t.field({
      type: TicketConnection,
      description: 'The tickets that were merged into it, oldest first.',
      args: {
        first: t.arg.int({ description: 'How many, at most 100. Default 20.' }),
        after: t.arg.string({ description: 'Cursor: only rows behind it.' }),
      },
      resolve: (row, args, context) => ticketsMergedInto(context, row.id, args, ticketsVisibleTo(context.viewer)),
    }),

    tags: t.field({
      hidden: fromContacts([]),
      type: [Tag],
      description: 'Its tags, by name.',
      resolve: (row, _args, context) => tagsOfTicket(context, row),
    }),
    customFields: t.field({
      hidden: fromContacts([]),
      type: [CustomFieldValue],
      description: "The help desk's own fields.",
      args: { keys: t.arg.stringList({ description: 'Only these.' }) },
      resolve: ({ customFields }, { keys }) =>
        keys ? customFields.filter(({ key }) => keys.includes(key)) : customFields,
    }),
    contactLanguage: t.field({
      type: 'Locale',
      nullable: true,
      description: 'The language of the contact.',
      resolve: ({ contactLanguage }) => contactLanguage,
    }),
    agentLanguage: t.field({
      hidden: fromContacts(null),
      type: 'Locale',
      nullable: true,
      description: 'The language of the agent.',
      resolve: ({ agentLanguage }) => agentLanguage,
    }),
    isAutoTranslationOn: t.exposeBoolean('isAutoTranslationOn', {
      hidden: fromContacts(false),
      description: 'Whether the help desk translates by itself.',
    }),
    replyingAgentMode: t.field({
      hidden: fromContacts(null),
      type: ReplyingAgentModeEnum,
      nullable: true,
      description: 'Who answers: people, bots, both.',
      resolve: ({ replyingAgentMode }) => replyingAgentMode,
    }),

    metrics: t.field({ type: TicketMetrics, description: 'How long things took.', resolve: (row) => row }),
    sla: t.field({
      type: SlaStatus,
      description: 'How the promised time of answer stands.',
      resolve: ({ sla }) => sla ?? { state: 'NONE' as const, events: [] },
    }),
    sync: t.field({ type: SyncInfo, description: 'State of the local copy of this ticket.', resolve: syncInfoOf }),
    raw: t.field({
      type: 'JSON',
      scopes: ['RAW_READ'],
      nullable: true,
      description: "The help desk's own record, without live secrets.",
      resolve: async (row, _args, context) => (await ticketRawById(context, row.id))?.raw,
    }),

    createdAt: t.field({ type: 'DateTime', description: 'When it was opened.', resolve: ({ createdAt }) => createdAt }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it last changed; to a contact, as they can tell.',
      resolve: ({ id, updatedAt }, _args, context) =>
        context.viewer.role === 'CONTACT' ? publicActivityOf(context, id) : updatedAt,
    }),
    lastActivityAt: t.field({
      type: 'DateTime',
      description: 'When something last happened; to a contact, that they may know of.',
      resolve: ({ id, lastActivityAt }, _args, context) =>
        context.viewer.role === 'CONTACT' ? publicActivityOf(context, id) : lastActivityAt,
    }),
    lastRepliedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last answered.',
      resolve: ({ lastRepliedAt }) => lastRepliedAt,
    }),
    lastStatusChangedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its state last changed.',
      resolve: ({ lastStatusChangedAt }) => lastStatusChangedAt,
    }),
    firstRepliedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was first answered.',
      resolve: ({ firstRepliedAt }) => firstRepliedAt,
    }),
    waitingSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when the requester has been waiting for an answer; null when the ball is theirs.',
      resolve: ({ waitingSince }) => waitingSince,
    }),
    resolvedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was resolved.',
      resolve: ({ resolvedAt }) => resolvedAt,
    }),
    reopenedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was opened again after that.',
      resolve: ({ reopenedAt }) => reopenedAt,
    }),
  }),
})

/** A ticket's copy is as fresh as its backend's, which is asked as a whole. */
async function syncInfoOf(row: TicketRow, _args: unknown, context: GraphContext): Promise<SyncInfoShape> {
  const backend = await backendOf(context, row)
  return {
    state: backend.sync.state,
    // A backend whose rounds succeed agrees about every ticket, also about those that did not change.
    lastSyncedAt:
      backend.sync.lastSyncedAt && backend.sync.lastSyncedAt > row.fetchedAt
        ? backend.sync.lastSyncedAt
        : row.fetchedAt,
    nextSyncAt: backend.sync.nextSyncAt,
    isStale: isStale(backend, context.now),
    error: backend.sync.error,
    of: { ticketId: row.id },
    progress: null,
    misfitCount: 0,
    misfits: () => [],
  }
}

registerNode('Ticket', visibleTicket)

const Counts = builder.objectRef<TicketCounts>('TicketCounts').implement({
  scopes: ['TICKETS_READ'],
  description: 'How many tickets there are; recycled, merged, vanished ones and spam do not count.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All of them.' }),
    open: t.exposeInt('open', { description: 'Those where we have to act.' }),
    waiting: t.exposeInt('waiting', { description: 'Those where we wait.' }),
    done: t.exposeInt('done', { description: 'Those that are resolved.' }),
  }),
})

builder.objectFields(Contact, (t) => ({
  tickets: t.field({
    type: TicketConnection,
    description: 'What they asked: their tickets.',
    args: {
      filter: t.arg({ type: TicketFilterRef, description: 'Which ones.' }),
      orderBy: t.arg({ type: [TicketOrder], description: 'In which order; by default the latest activity first.' }),
      ...pageArguments(t.arg),
    },
    resolve: (row, args, context) =>
      ticketsOfRequester(
        context,
        row.id,
        args,
        ticketOrder(args.orderBy, context.viewer),
        bothFilters(
          ticketsVisibleTo(context.viewer),
          ticketFilter((args.filter ?? {}) as TicketFilterInput, context.now, { viewer: context.viewer }),
        ),
      ),
  }),
  ticketCounts: t.field({
    extensions: costs(2),
    type: Counts,
    description: 'How many tickets they have.',
    resolve: ({ id }, _args, context) =>
      // To a contact, others have none.
      context.viewer.role === 'CONTACT' && context.viewer.actorId !== id
        ? { total: 0, open: 0, waiting: 0, done: 0 }
        : ticketCountsOfRequester(context, id),
  }),
}))
