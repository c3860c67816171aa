/** Threads: the messages of a ticket and of a conversation, and what narrows them. */
import { type SQL, sql } from 'drizzle-orm'
import { ActorTypeEnum } from '#domain/actors/graphql.ts'
import { Conversation, ConversationTypeEnum } from '#domain/conversations/graphql.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { SortDirectionEnum } from '#domain/tickets/order.ts'
import { bothFilters, collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import { sideBySide } from '#platform/db/loader.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { checkBetween } from '#platform/graphql/bad-input.ts'
import { builder } from '#platform/graphql/builder.ts'
import { connectionWithEdge, pageArguments } from '#platform/graphql/connections.ts'
import { costs } from '#platform/graphql/cost.ts'
import { DateTimeRange, dateRangeCondition } from '#platform/graphql/date-range.ts'
import { literalPattern } from '#platform/graphql/search-text.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import { Message, MessageDirectionEnum } from './graphql.ts'
import { firstMessageOfTicket, lastMessageOf, messageCountOf, messagesOf, suggestedRepliesOf } from './loaders.ts'
import { messages } from './table.ts'
import { messagesVisibleTo } from './visible.ts'

const MessageFilter = builder.inputType('MessageFilter', {
  description: 'All given fields must match; of a list, any.',
  fields: (t) => ({
    types: t.field({ type: [ConversationTypeEnum], description: 'Of any of these kinds.' }),
    directions: t.field({ type: [MessageDirectionEnum], description: 'In any of these directions.' }),
    senderTypes: t.field({ type: [ActorTypeEnum], description: 'Written by any of these kinds of actors.' }),
    isInternal: t.boolean({ description: 'Whether only agents see it.' }),
    hasAttachments: t.boolean({ description: 'Whether it has files.' }),
    query: t.string({ description: 'Text it contains; case does not matter.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When it was created.' }),
    includeSystem: t.boolean({
      required: true,
      defaultValue: true,
      description: 'False leaves out lines the help desk wrote itself.',
    }),
  }),
})

const MessageOrder = builder.inputType('MessageOrder', {
  description: 'The order of a thread is time.',
  fields: (t) => ({
    direction: t.field({
      type: SortDirectionEnum,
      required: true,
      defaultValue: 'ASC',
      description: 'Oldest or newest first.',
    }),
  }),
})

function messageFilter(input: typeof MessageFilter.$inferInput | null | undefined, now: Date): Filter {
  if (!input) return noFilter
  const collector = collectFilter('message')
  const { add, value } = collector
  if (input.types) add('types', sql`${messages.type} = any(${value(input.types)})`)
  if (input.directions) add('directions', sql`${messages.direction} = any(${value(input.directions)})`)
  if (input.senderTypes)
    add(
      'senders',
      sql`exists (select from actors a where a.workspace_id = ${messages.workspaceId} and a.id = ${messages.senderId} and a.type = any(${value(input.senderTypes)}))`,
    )
  if (input.isInternal != null) add('internal', sql`${messages.isInternal} = ${value(input.isInternal)}`)
  if (input.hasAttachments != null)
    add('files', sql`(${messages.attachmentCount} > 0) = ${value(input.hasAttachments)}`)
  if (input.query) add('query', contains(input.query, value))
  if (input.createdAt) dateRangeCondition('created', messages.createdAt, input.createdAt, collector, now)
  if (input.includeSystem === false) add('spoken', sql`${messages.direction} <> 'SYSTEM'`)
  return collector.done()
}

function contains(text: string, value: (given: unknown) => SQL): SQL {
  return sql`${messages.bodyText} ilike ${value(`%${literalPattern('filter.query', text)}%`)}`
}

const { Connection: MessageConnection, Edge } = connectionWithEdge('Message', Message, 'messages')
export const MessageEdge = Edge
const notesOnly = messageFilter({ types: ['NOTE_PRIVATE', 'NOTE_PUBLIC'], includeSystem: false }, new Date(0))

for (const [owner, of] of [
  [Ticket, 'ticket'],
  [Conversation, 'conversation'],
] as const) {
  builder.objectField(owner as typeof Ticket, 'messages', (t) =>
    t.field({
      type: MessageConnection,
      description: 'Everything said in it, in time order. Suggested replies are not part of it.',
      args: {
        filter: t.arg({ type: MessageFilter, description: 'Which ones.' }),
        orderBy: t.arg({ type: MessageOrder, description: 'Oldest first unless said otherwise.' }),
        ...pageArguments(t.arg),
      },
      resolve: (row, args, context) =>
        messagesOf(context, { of, id: row.id }, args, {
          filter: bothFilters(messagesVisibleTo(context.viewer), messageFilter(args.filter, context.now)),
          ...(args.orderBy && { direction: args.orderBy.direction }),
        }),
    }),
  )
  builder.objectField(owner as typeof Ticket, 'messageCount', (t) =>
    t.int({
      description: 'How many messages and notes it has that the viewer may read.',
      resolve: ({ id, messageCount }, _args, context) =>
        sightOf(context.viewer) === 'ALL'
          ? messageCount
          : messageCountOf(context, { of, id }, messagesVisibleTo(context.viewer)),
    }),
  )
}

builder.objectFields(Ticket, (t) => ({
  firstMessage: t.field({
    type: Message,
    nullable: true,
    description: 'The message that opened it.',
    resolve: (row, _args, context) =>
      sideBySide(context, () => firstMessageOfTicket(context, row.id, messagesVisibleTo(context.viewer))),
  }),
  lastMessage: t.field({
    type: Message,
    nullable: true,
    description: 'The newest message that is no line of the help desk itself.',
    args: {
      includeInternal: t.arg.boolean({ required: true, defaultValue: false, description: 'Whether notes count.' }),
    },
    resolve: (row, { includeInternal }, context) =>
      lastMessageOf(context, { of: 'ticket', id: row.id }, includeInternal, messagesVisibleTo(context.viewer)),
  }),
  notes: t.field({
    type: MessageConnection,
    scopes: ['NOTES_READ'],
    nullable: true,
    description: 'Private and public notes, in time order.',
    args: pageArguments(t.arg, 20),
    resolve: (row, args, context) =>
      messagesOf(context, { of: 'ticket', id: row.id }, args, {
        filter: bothFilters(messagesVisibleTo(context.viewer), notesOnly),
        sizeByDefault: 20,
      }),
  }),
}))

const MOST_SUGGESTIONS = 20

builder.objectField(Ticket, 'suggestedReplies', (t) =>
  t.field({
    extensions: costs(10),
    type: [Message],
    hidden: fromContacts([]),
    description:
      'What a machine proposes to answer, newest first. Also what was proposed before the latest answer: compare its time with `lastRepliedAt`. See the mutation suggestedReplyAccept.',
    args: {
      limit: t.arg.int({ required: true, defaultValue: 3, description: `How many, at most ${MOST_SUGGESTIONS}.` }),
    },
    resolve: (row, { limit }, context) => {
      checkBetween('limit', limit, [1, MOST_SUGGESTIONS])
      return suggestedRepliesOf(context, row.id, limit)
    },
  }),
)

builder.objectField(Conversation, 'lastMessage', (t) =>
  t.field({
    type: Message,
    nullable: true,
    description: 'The newest message that is no line of the help desk itself; notes count.',
    resolve: (row, _args, context) =>
      lastMessageOf(context, { of: 'conversation', id: row.id }, true, messagesVisibleTo(context.viewer)),
  }),
)
