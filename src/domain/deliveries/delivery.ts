/** Deliveries in the graph: how far a change is on its way to its help desk. */
import { Backend } from '#domain/backends/graphql.ts'
import { backendOf } from '#domain/backends/loaders.ts'
import { problemOfAnswer, UserError } from '#domain/backends/problems.ts'
import { Message } from '#domain/messages/graphql.ts'
import { visibleMessage } from '#domain/messages/visible.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { connectionOf, pageArguments } from '#platform/graphql/connections.ts'
import { idsFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { deliveryStates } from '#vocabulary.ts'
import { type DeliveryRow, deliveryById, deliveryConnection } from './loaders.ts'

const DeliveryStateEnum = enumOf('DeliveryState', 'How far a change is on its way to its help desk.', deliveryStates)

export const Delivery = builder.objectRef<DeliveryRow>('Delivery').implement({
  description: 'A change that was made here and promised to a help desk, with what became of it.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Delivery')),
    state: t.field({ type: DeliveryStateEnum, description: 'How far it is.', resolve: ({ state }) => state }),
    operation: t.exposeString('operation', { description: 'What it does there, e.g. createMessages.' }),
    backend: t.field({
      type: Backend,
      description: 'The help desk that gets it.',
      resolve: (row, _args, context) => backendOf(context, row),
    }),
    ticket: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket it is about; null when it is about none, or when that is gone.',
      resolve: ({ ticketId }, _args, context) => (ticketId ? visibleTicket(context, ticketId) : null),
    }),
    messages: t.field({
      type: [Message],
      description: 'The messages it brings, changes or removes.',
      resolve: async (row, _args, context) => {
        const found = await Promise.all(messageIdsOf(row).map((id) => visibleMessage(context, id)))
        return found.filter((message) => message !== null)
      },
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it went out.' }),
    error: t.field({
      type: UserError,
      nullable: true,
      description: 'Why the last attempt failed; null when there was none, or it went well.',
      resolve: async (row, _args, context) =>
        row.problem && problemOfAnswer(row.problem, await backendOf(context, row)),
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next, at the earliest; null when it is not tried any more.',
      resolve: ({ state, nextAttemptAt }) => (state === 'QUEUED' || state === 'SENDING' ? nextAttemptAt : null),
    }),
    tokenName: t.exposeString('tokenName', { nullable: true, description: 'Whose token asked for it.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was promised.',
      resolve: ({ createdAt }) => createdAt,
    }),
    settledAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its end was known.',
      resolve: ({ settledAt }) => settledAt,
    }),
  }),
})

function messageIdsOf({ messageId, input }: DeliveryRow): string[] {
  const made = (input as { messageIds?: string[] }).messageIds ?? []
  return messageId ? [messageId, ...made] : made
}

// How a help desk is told is no business of customers.
registerNode(
  'Delivery',
  async (context, id) => (context.viewer.role === 'CONTACT' ? null : deliveryById(context, id)),
  {
    scopes: ['TICKETS_READ'],
  },
)

const DeliveryConnection = connectionOf('Delivery', Delivery, 'deliveries')

const DeliveryFilter = builder.inputType('DeliveryFilter', {
  description: 'All given fields must match; of a list, any.',
  fields: (t) => ({
    states: t.field({ type: [DeliveryStateEnum], description: 'In any of these states.' }),
    backendIds: t.idList({ description: 'To any of these help desks.' }),
    ticketIds: t.idList({ description: 'About any of these tickets.' }),
    operations: t.stringList({ description: 'Any of these operations.' }),
  }),
})

builder.queryField('deliveries', (t) =>
  t.field({
    type: DeliveryConnection,
    scopes: ['TICKETS_READ'],
    description:
      'Changes on their way to the help desks, and what became of earlier ones; newest first. None for a contact.',
    args: {
      filter: t.arg({ type: DeliveryFilter, description: 'Which ones; by default all.' }),
      ...pageArguments(t.arg),
    },
    resolve: (_root, { filter, ...args }, context) =>
      deliveryConnection(context, args, {
        states: filter?.states,
        operations: filter?.operations,
        isNone: context.viewer.role === 'CONTACT',
        backendIds: filter?.backendIds && idsFrom('filter.backendIds', filter.backendIds, 'Backend'),
        ticketIds: filter?.ticketIds && idsFrom('filter.ticketIds', filter.ticketIds, 'Ticket'),
      }),
  }),
)
