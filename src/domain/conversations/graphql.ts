import { Assignee } from '#domain/actors/agents.ts'
import { Contact, ExternalRef } from '#domain/actors/contacts.ts'
import { CustomFieldValue } from '#domain/actors/custom-fields.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { Channel, ChannelAccount } from '#domain/channels/graphql.ts'
import { accountById, channelById } from '#domain/channels/loaders.ts'
import { Tag } from '#domain/tags/graphql.ts'
import { TicketPriorityEnum, TicketStatusEnum } from '#domain/tickets/filter.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { tagsOfTicket, ticketOf, ticketWithOriginalConversation } from '#domain/tickets/loaders.ts'
import { BackendLabel, SlaStatus } from '#domain/tickets/parts.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, enumOf, type GraphContext } from '#platform/graphql/builder.ts'
import { connectionOf, pageArguments } from '#platform/graphql/connections.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { conversationTypes } from '#vocabulary.ts'
import {
  type ConversationRow,
  conversationById,
  conversationByUuid,
  conversationRawById,
  conversationsByExternalId,
  conversationsOfTicket,
  conversationsVisibleTo,
  isConversationSeen,
  publicActivityOfConversation,
} from './loaders.ts'

export const ConversationTypeEnum = enumOf('ConversationType', 'Kind of a conversation entry.', conversationTypes)
const publicTypes = new Set(['REPLY_INBOUND', 'REPLY_OUTBOUND', 'NOTE_PUBLIC'])
export const Conversation = builder.objectRef<ConversationRow>('Conversation')

Conversation.implement({
  scopes: ['TICKETS_READ'],
  description: 'A thread of messages on one channel. A ticket has one or more.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Conversation')),
    externalId: t.exposeString('externalId', { description: "The help desk's own id of it." }),
    uuid: t.exposeString('uuid', {
      hidden: fromContacts(null),
      nullable: true,
      description: 'Its UUID at the help desk.',
    }),
    ticket: t.field({
      type: Ticket,
      description: 'The ticket it belongs to.',
      resolve: (row, _args, context) => ticketOf(context, row),
    }),
    type: t.field({
      type: ConversationTypeEnum,
      hidden: {
        from: ({ role }, { type }: ConversationRow) => role === 'CONTACT' && !publicTypes.has(type),
        ...{ as: 'UNKNOWN', says: 'To a contact UNKNOWN where they may not read that.' },
      },
      description: 'Type of the entry that opened it.',
      resolve: ({ type }) => type,
    }),
    status: t.field({ type: TicketStatusEnum, description: 'How far it is.', resolve: ({ status }) => status }),
    statusDetail: t.field({
      type: BackendLabel,
      description: "The state in the help desk's own words.",
      resolve: ({ statusDetail }) => statusDetail,
    }),
    channel: t.field({
      type: Channel,
      nullable: true,
      description: 'The channel it is held on.',
      resolve: (row, _args, context) => (row.channelId ? channelById(context, row.channelId) : null),
    }),
    channelAccount: t.field({
      type: ChannelAccount,
      nullable: true,
      description: 'The account of the channel.',
      resolve: (row, _args, context) => (row.channelAccountId ? accountById(context, row.channelAccountId) : null),
    }),
    contact: t.field({
      type: Contact,
      nullable: true,
      description: 'The customer in it.',
      resolve: async (row, _args, context) => {
        const actor = await actorOf(context, row.contactId)
        return actor && (actor.type === 'CONTACT' || actor.type === 'VISITOR') ? actor : null
      },
    }),
    assignee: t.field({
      hidden: fromContacts(null),
      type: Assignee,
      nullable: true,
      description: 'Who has it.',
      resolve: (row, _args, context) => actorOf(context, row.assigneeId),
    }),
    canReply: t.exposeBoolean('canReply', {
      description: "False when the channel's reply window is closed, e.g. after WhatsApp's 24 hours.",
    }),
    isMuted: t.exposeBoolean('isMuted', { hidden: fromContacts(false), description: 'Whether it makes no noise.' }),
    isIdentityVerified: t.exposeBoolean('isIdentityVerified', {
      nullable: true,
      description: 'Whether the contact proved who they are; null when the help desk does not say.',
    }),
    snoozedUntil: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'Until when it is parked.',
      resolve: ({ snoozedUntil }) => snoozedUntil,
    }),
    priority: t.field({
      type: TicketPriorityEnum,
      nullable: true,
      description: 'How urgent it is.',
      resolve: ({ priority }) => priority,
    }),
    tags: t.field({
      hidden: fromContacts([]),
      type: [Tag],
      description: "The ticket's tags.",
      resolve: async (row, _args, context) => tagsOfTicket(context, await ticketOf(context, row)),
    }),
    unreadCount: t.exposeInt('unreadCount', {
      hidden: fromContacts(0),
      description: 'How many messages agents have not read; some help desks stop counting at ten.',
    }),
    agentLastSeenAt: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'When an agent last looked.',
      resolve: ({ agentLastSeenAt }) => agentLastSeenAt,
    }),
    assigneeLastSeenAt: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'When the assignee last looked.',
      resolve: ({ assigneeLastSeenAt }) => assigneeLastSeenAt,
    }),
    contactLastSeenAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the contact last looked.',
      resolve: ({ contactLastSeenAt }) => contactLastSeenAt,
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
      description: 'Since when the contact has been waiting.',
      resolve: ({ waitingSince }) => waitingSince,
    }),
    lastActivityAt: t.field({
      type: 'DateTime',
      description: 'When something last happened.',
      resolve: ({ id, lastActivityAt }, _args, context) =>
        context.viewer.role === 'CONTACT' ? publicActivityOfConversation(context, id) : lastActivityAt,
    }),
    customFields: t.field({
      hidden: fromContacts([]),
      type: [CustomFieldValue],
      description: "The help desk's own fields.",
      resolve: ({ customFields }) => customFields,
    }),
    additionalAttributes: t.field({
      hidden: fromContacts(null),
      type: 'JSON',
      nullable: true,
      description: 'What else the help desk noted, e.g. the browser.',
      resolve: ({ additionalAttributes }) => additionalAttributes,
    }),
    sla: t.field({
      type: SlaStatus,
      description: 'How the promised time of answer stands.',
      resolve: ({ sla }) => sla ?? { state: 'NONE' as const, events: [] },
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it began.', resolve: ({ createdAt }) => createdAt }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it last changed.',
      resolve: ({ id, updatedAt }, _args, context) =>
        context.viewer.role === 'CONTACT' ? publicActivityOfConversation(context, id) : updatedAt,
    }),
    raw: t.field({
      type: 'JSON',
      scopes: ['RAW_READ'],
      nullable: true,
      description: "The help desk's own record, without live secrets; null where the ticket's record is the whole.",
      resolve: async (row, _args, context) => (await conversationRawById(context, row.id))?.raw,
    }),
  }),
})

registerNode('Conversation', async (context, id) => seen(context, await conversationById(context, id)))

/** Of a ticket that the viewer may see, and with something that they may read. */
async function seen(context: GraphContext, row: ConversationRow | null): Promise<ConversationRow | null> {
  if (row === null || !(await visibleTicket(context, row.ticketId))) return null
  return (await isConversationSeen(context, context.viewer, row.id)) ? row : null
}

const ConversationConnection = connectionOf('Conversation', Conversation, 'conversations')

builder.objectField(Ticket, 'conversations', (t) =>
  t.field({
    type: ConversationConnection,
    description: 'Its threads, oldest first.',
    args: pageArguments(t.arg, 20),
    resolve: (row, args, context) =>
      conversationsOfTicket(context, row.id, args, conversationsVisibleTo(context.viewer)),
  }),
)

const ConversationRef = builder.inputType('ConversationRef', {
  description: 'Names a conversation in one of several ways.',
  isOneOf: true,
  fields: (t) => ({
    external: t.field({ type: ExternalRef, description: "By the help desk's own id." }),
    uuid: t.string({ description: 'By its UUID at the help desk.' }),
    originalConversationId: t.field({
      type: ExternalRef,
      description: 'By the id in the channel it came from; gives the first conversation of the ticket that carries it.',
    }),
  }),
})

builder.queryFields((t) => ({
  conversation: t.field({
    type: Conversation,
    scopes: ['TICKETS_READ'],
    nullable: true,
    description: 'One conversation; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Global id.' }) },
    resolve: async (_root, { id }, context) => {
      const key = idFrom(id, 'Conversation')
      return key ? seen(context, await conversationById(context, key)) : null
    },
  }),
  conversationByRef: t.field({
    type: Conversation,
    scopes: ['TICKETS_READ'],
    nullable: true,
    description: 'One conversation by what help desks call it; null when none fits.',
    args: { ref: t.arg({ type: ConversationRef, required: true, description: 'What it is called.' }) },
    resolve: async (_root, { ref }, context) => seen(context, await conversationByRef(context, ref)),
  }),
}))

async function conversationByRef(context: GraphContext, ref: typeof ConversationRef.$inferInput) {
  if (ref.uuid != null) return conversationByUuid(context, ref.uuid)
  const given = ref.external ?? ref.originalConversationId
  const backendId = given && idFrom(given.backendId, 'Backend')
  if (!given || !backendId) return null
  const fitting = (await conversationsByExternalId(context, given.externalId)).filter(
    (row) => row.backendId === backendId,
  )
  if (ref.external || fitting.length > 0) return fitting[0] ?? null
  const ticket = await ticketWithOriginalConversation(context, backendId, given.externalId)
  return (
    ticket &&
    ((await conversationsOfTicket(context, ticket.id, { first: 1 }, conversationsVisibleTo(context.viewer))).page
      .rows[0] ??
      null)
  )
}
