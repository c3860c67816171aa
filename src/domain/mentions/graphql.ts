import { Agent } from '#domain/actors/agents.ts'
import { Actor } from '#domain/actors/graphql.ts'
import { actorById, actorOf } from '#domain/actors/loaders.ts'
import { Message } from '#domain/messages/graphql.ts'
import { messageById } from '#domain/messages/loaders.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { ticketOf } from '#domain/tickets/loaders.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { connectionOf } from '#platform/graphql/connections.ts'
import { costs } from '#platform/graphql/cost.ts'
import { idsFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import { type MentionRow, type MentionsShape, mentionById, mentionsOfMessage, mentionsOfTicket } from './loaders.ts'

/** The row behind a foreign key, which promises that it is there. */
async function there<Row>(row: Promise<Row | null>): Promise<Row> {
  const found = await row
  if (found === null) throw new Error('a row that a foreign key points at is missing')
  return found
}

export const Mention = builder.objectRef<MentionRow>('Mention').implement({
  scopes: ['TICKETS_READ'],
  description: 'An agent named in a note, with a read state of its own.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Mention')),
    externalId: t.exposeString('externalId', { nullable: true, description: "The help desk's own id of it." }),
    agent: t.field({
      type: Agent,
      description: 'Who is named.',
      resolve: (row, _args, context) => there(actorById(context, row.agentId)),
    }),
    mentionedBy: t.field({
      type: Actor,
      nullable: true,
      description: 'Who named them.',
      resolve: (row, _args, context) => actorOf(context, row.mentionedById),
    }),
    note: t.field({
      type: Message,
      description: 'The note.',
      resolve: (row, _args, context) => there(messageById(context, row.messageId)),
    }),
    ticket: t.field({
      type: Ticket,
      description: 'The ticket of the note.',
      resolve: (row, _args, context) => ticketOf(context, row),
    }),
    isRead: t.exposeBoolean('isRead', { description: 'Whether the named agent has read it.' }),
    readAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When they read it.',
      resolve: ({ readAt }) => readAt,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When they were named.',
      resolve: ({ createdAt }) => createdAt,
    }),
  }),
})

/** Who may not read notes is not told either who is named in them. */
const forReaders = async <Row>(context: GraphContext, load: () => Promise<Row[]>) =>
  sightOf(context.viewer) === 'ALL' ? load() : []

registerNode('Mention', async (context, id) => (sightOf(context.viewer) === 'ALL' ? mentionById(context, id) : null))

export const MentionConnection = connectionOf('Mention', Mention, 'mentions')
builder.objectField(MentionConnection, 'unreadCount', (t) =>
  t.int({
    extensions: costs(2),
    description: 'How many of them are not read, on all pages; counted only when asked for.',
    resolve: (connection) => (connection as MentionsShape).unreadCount(),
  }),
)

builder.objectField(Ticket, 'mentions', (t) =>
  t.field({
    hidden: fromContacts([]),
    type: [Mention],
    description: 'Who is named in its notes, oldest first.',
    args: {
      unreadOnly: t.arg.boolean({ required: true, defaultValue: false, description: 'Only those not read.' }),
      agentId: t.arg.id({ description: 'Only of this agent.' }),
    },
    resolve: async (row, { unreadOnly, agentId }, context) => {
      const [agent] = agentId == null ? [] : idsFrom('agentId', [agentId], 'Agent')
      return (await forReaders(context, () => mentionsOfTicket(context, row.id))).filter(
        (mention) => !(unreadOnly && mention.isRead) && (!agent || mention.agentId === agent),
      )
    },
  }),
)

builder.objectField(Message, 'mentions', (t) =>
  t.field({
    hidden: fromContacts([]),
    type: [Mention],
    description: 'Who is named in it.',
    resolve: (row, _args, context) => forReaders(context, () => mentionsOfMessage(context, row.id)),
  }),
)
