/** What commands answer: the fields that payloads share. */
import { Contact } from '#domain/actors/contacts.ts'
import { actorById } from '#domain/actors/loaders.ts'
import { UserError } from '#domain/backends/problems.ts'
import { ChangeTypeEnum } from '#domain/changes/graphql.ts'
import { Delivery } from '#domain/deliveries/delivery.ts'
import { deliveryById } from '#domain/deliveries/loaders.ts'
import { Draft, visibleDraft } from '#domain/drafts/graphql.ts'
import { Message } from '#domain/messages/graphql.ts'
import { messageById, messageEdgeOf } from '#domain/messages/loaders.ts'
import { MessageEdge } from '#domain/messages/threads.ts'
import { visibleMessage } from '#domain/messages/visible.ts'
import { Tag } from '#domain/tags/graphql.ts'
import { tagById } from '#domain/tags/loaders.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { UnreadCounts, unreadCountsFor } from '#domain/views/unread-counts.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, type GraphContext, type GraphTypes } from '#platform/graphql/builder.ts'
import { usualSize } from '#platform/graphql/cost.ts'
import type { Payload } from './outcome.ts'

type Fields = PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, Payload>

export const MutationPayload = builder.interfaceRef<Payload>('MutationPayload').implement({
  description: 'What every mutation answers.',
  fields: (t) => ({
    errors: t.field({
      type: [UserError],
      description: 'Expected failures. What they are about was not changed.',
      resolve: ({ errors }) => errors,
    }),
    clientMutationId: t.exposeString('clientMutationId', {
      nullable: true,
      description: 'What the client called this mutation.',
    }),
  }),
})

/** Rows by their ids, in order; those that are gone are left out. */
export async function found<Row>(
  context: GraphContext,
  ids: readonly string[] | undefined,
  load: (context: GraphContext, id: string) => Promise<Row | null>,
): Promise<Row[]> {
  const rows = await Promise.all((ids ?? []).map((id) => load(context, id)))
  return rows.filter((row) => row !== null)
}

/**
 * What the viewer wrote is theirs to see, also a note. But an answer may be given again much later, and what a customer
 * wrote may have been moved to the ticket of another since.
 */
const writtenMessage = (context: GraphContext, id: string) =>
  context.viewer.role === 'CONTACT' ? visibleMessage(context, id) : messageById(context, id)

export const ticketPart = (t: Fields) => ({
  ticket: t.field({
    type: Ticket,
    nullable: true,
    description: 'The ticket as it is now; null when nothing was changed.',
    resolve: ({ ticketId }, _args, context) => (ticketId ? visibleTicket(context, ticketId) : null),
  }),
})

const ticketsPart = (t: Fields) => ({
  tickets: t.field({
    extensions: usualSize(100),
    type: [Ticket],
    description: 'The tickets that were asked for and could be changed, as they are now.',
    resolve: ({ ticketIds }, _args, context) => found(context, ticketIds, visibleTicket),
  }),
})

export const messagePart = (t: Fields) => ({
  message: t.field({
    type: Message,
    nullable: true,
    description: 'The message as it is now; null when nothing was changed.',
    resolve: async ({ messageIds }, _args, context) => (await found(context, messageIds, writtenMessage))[0] ?? null,
  }),
})

const messageEdgePart = (t: Fields) => ({
  messageEdge: t.field({
    type: MessageEdge,
    nullable: true,
    description:
      'The message at its place in its thread, oldest first, for clients that insert it into what they show.',
    resolve: async ({ messageIds }, _args, context) => {
      const [row] = await found(context, messageIds, writtenMessage)
      return row ? messageEdgeOf(row) : null
    },
  }),
})

export const messagesPart = (t: Fields) => ({
  messages: t.field({
    type: [Message],
    description: 'The messages that were made, in the order given.',
    resolve: ({ messageIds }, _args, context) => found(context, messageIds, writtenMessage),
  }),
})

export const deliveriesPart = (t: Fields) => ({
  deliveries: t.field({
    type: [Delivery],
    hidden: fromContacts([]),
    description: 'What was promised to the help desk by this; empty when it is kept here only.',
    resolve: ({ deliveryIds }, _args, context) => found(context, deliveryIds, deliveryById),
  }),
})

export const replayedPart = (t: Fields) => ({
  replayed: t.exposeBoolean('replayed', {
    description: 'True: this is the answer to an earlier request with the same idempotencyKey; nothing was done again.',
  }),
})

export const undoPart = (t: Fields) => ({
  undoToken: t.exposeString('undoToken', {
    nullable: true,
    description: 'Takes it back with the mutation `undo`; null when nothing can be taken back.',
  }),
  undoableUntil: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'Until when it can be taken back.',
    resolve: ({ undoableUntil }) => undoableUntil ?? null,
  }),
})

export const TicketPayload = builder.objectRef<Payload>('TicketPayload').implement({
  description: 'What became of a change of one ticket.',
  interfaces: [MutationPayload],
  fields: (t) => ({ ...ticketPart(t), ...undoPart(t), ...replayedPart(t), ...deliveriesPart(t) }),
})

export const MessagePayload = builder.objectRef<Payload>('MessagePayload').implement({
  description: 'What became of one message.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    ...messagePart(t),
    ...messageEdgePart(t),
    ...ticketPart(t),
    draft: t.field({
      type: Draft,
      nullable: true,
      description: 'What could not be sent and is kept as a draft; null when it was sent.',
      resolve: ({ draftId }, _args, context) => (draftId ? visibleDraft(context, draftId) : null),
    }),
    newerMessages: t.field({
      type: [Message],
      description: 'What was said after `ifLastMessageId`: somebody was faster, and nothing was sent.',
      resolve: ({ newerMessageIds }, _args, context) => found(context, newerMessageIds, visibleMessage),
    }),
    ...undoPart(t),
    ...replayedPart(t),
    ...deliveriesPart(t),
  }),
})

export const DeletePayload = builder.objectRef<Payload>('DeletePayload').implement({
  description: 'What is gone.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'Global id of what was deleted; null when nothing was.',
      resolve: ({ deletedId }) => deletedId ?? null,
    }),
  }),
})

export const TicketsPayload = builder.objectRef<Payload>('TicketsPayload').implement({
  description: 'What became of a change of several tickets. Each succeeds or fails by itself.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    ...ticketsPart(t),
    unreadCounts: t.field({
      type: UnreadCounts,
      nullable: true,
      description: 'What is unread now, for the badges of an inbox.',
      resolve: (_payload, _args, context) => unreadCountsFor(context, null),
    }),
    ...undoPart(t),
    ...deliveriesPart(t),
  }),
})

export const ContactUpsertPayload = builder.objectRef<Payload>('ContactUpsertPayload').implement({
  description: 'What became of a contact.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    contact: t.field({
      type: Contact,
      nullable: true,
      description: 'The contact as they are now; null when nothing was changed.',
      resolve: ({ contactId }, _args, context) => (contactId ? actorById(context, contactId) : null),
    }),
    result: t.field({
      type: ChangeTypeEnum,
      nullable: true,
      description: 'CREATED or UPDATED; null when nothing was changed.',
      resolve: ({ changeType }) => changeType ?? null,
    }),
    ...deliveriesPart(t),
  }),
})

export const TagPayload = builder.objectRef<Payload>('TagPayload').implement({
  description: 'What became of a tag.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    tag: t.field({
      type: Tag,
      nullable: true,
      description: 'The tag as it is now; null when nothing was changed.',
      resolve: ({ tagId }, _args, context) => (tagId ? tagById(context, tagId) : null),
    }),
    ...deliveriesPart(t),
  }),
})
