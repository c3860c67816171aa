import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { Message } from '#domain/messages/graphql.ts'
import { visibleMessage } from '#domain/messages/visible.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { badInput, checkBetween } from '#platform/graphql/bad-input.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { maxPageSize, PageInfo } from '#platform/graphql/connections.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { cursorTextOf } from './event-cursor.ts'
import { type Feed, type Line, type LineKinds, linesAfter } from './feed.ts'

export const ChangeTypeEnum = builder.enumType('ChangeType', {
  description: 'What happened to something.',
  values: {
    CREATED: { description: 'It is new.' },
    UPDATED: { description: 'It was there and is another now.' },
    DELETED: { description: 'It is gone.' },
  } as const,
})

const eventTypes = ['TicketEvent', 'MessageEvent']

/** What every event has. A kind of event that is no line of the log says its `type`. */
type Placed = Pick<Line, 'place' | 'at'> & { type?: string }
/** `wasInSelection` and `isInSelection`: of streams; without them the selection is everything. */
type TicketLine = Line & { wasInSelection?: boolean; isInSelection?: boolean }

export const ChangeEvent = builder.interfaceRef<Placed>('ChangeEvent').implement({
  description: 'Something that changed.',
  resolveType: (event) => event.type ?? ((event as Line).messageId === null ? 'TicketEvent' : 'MessageEvent'),
  fields: (t) => ({
    cursor: t.field({
      type: 'EventCursor',
      description: 'Its place in the log: `changes(after:)` goes on behind it.',
      resolve: ({ place }) => place,
    }),
    at: t.field({ type: 'DateTime', description: 'When it was noticed here.', resolve: ({ at }) => at }),
  }),
})

/** The client's own name for what it did, for nobody else: others may use the same. */
const ownMutationId = ({ tokenName, clientMutationId }: Line, _args: unknown, { viewer }: GraphContext) =>
  tokenName === viewer.tokenName ? clientMutationId : null

export const TicketEvent = builder.objectRef<TicketLine>('TicketEvent').implement({
  description: 'A ticket came, changed or went.',
  interfaces: [ChangeEvent],
  fields: (t) => ({
    changeType: t.field({ type: ChangeTypeEnum, description: 'What happened to it.', resolve: ({ kind }) => kind }),
    ticketId: t.id({ description: 'Which ticket.', resolve: ({ ticketId }) => nodeIdOf('Ticket', ticketId) }),
    ticket: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket as it is now; null when it is gone.',
      resolve: async ({ ticketId }, _args, context) => {
        const ticket = await visibleTicket(context, ticketId)
        return ticket?.vanishedAt ? null : ticket
      },
    }),
    changedFields: t.exposeStringList('changedFields', { description: 'Names of fields of `Ticket` that changed.' }),
    wasInSelection: t.boolean({
      description:
        'Whether the selection of the stream had it before. What is not kept with the ticket itself, such as words of messages or who read it, counts as it is now; where it may have been there, this is true. In `changes` the selection is everything.',
      resolve: ({ wasInSelection, kind }) => wasInSelection ?? kind !== 'CREATED',
    }),
    isInSelection: t.boolean({
      description:
        'Whether the selection of the stream has it now: then it belongs into the list, else out of it. In `changes` the selection is everything.',
      resolve: ({ isInSelection, kind }) => isInSelection ?? kind !== 'DELETED',
    }),
    actor: t.field({
      type: Actor,
      nullable: true,
      description: 'Who did it; null when that is not known.',
      resolve: ({ actorId }, _args, context) => actorOf(context, actorId),
    }),
    clientMutationId: t.string({
      nullable: true,
      description: 'What the viewer called the mutation that did it, to tell own changes from those of others.',
      resolve: ownMutationId,
    }),
  }),
})

export const MessageEvent = builder.objectRef<Line>('MessageEvent').implement({
  description: 'A message or a note came, changed or went.',
  interfaces: [ChangeEvent],
  fields: (t) => ({
    changeType: t.field({ type: ChangeTypeEnum, description: 'What happened to it.', resolve: ({ kind }) => kind }),
    messageId: t.id({
      description: 'Which message.',
      resolve: ({ messageId }) => nodeIdOf('Message', messageId as string),
    }),
    ticketId: t.id({
      description: 'The ticket it belonged to then.',
      resolve: ({ ticketId }) => nodeIdOf('Ticket', ticketId),
    }),
    message: t.field({
      type: Message,
      nullable: true,
      description: 'The message as it is now; null when it is gone.',
      resolve: ({ messageId }, _args, context) => visibleMessage(context, messageId as string),
    }),
    actor: t.field({
      type: Actor,
      nullable: true,
      description: 'Who did it; null when that is not known.',
      resolve: ({ actorId }, _args, context) => actorOf(context, actorId),
    }),
    clientMutationId: t.string({
      nullable: true,
      description: 'What the viewer called the mutation that did it, to tell own changes from those of others.',
      resolve: ownMutationId,
    }),
  }),
})

const ChangeConnection = builder.objectRef<Feed>('ChangeConnection').implement({
  description: 'Changes in the order in which everybody sees them.',
  fields: (t) => ({
    nodes: t.field({ type: [ChangeEvent], description: 'What changed.', resolve: ({ lines }) => lines }),
    pageInfo: t.field({
      type: PageInfo,
      description: 'Where the page lies in the log. With more to come, a page may still be short or empty.',
      resolve: ({ lines, hasMore, hasLess }) => ({
        ...{ hasNextPage: hasMore, hasPreviousPage: hasLess },
        startCursor: lines[0] ? cursorTextOf(lines[0].place) : null,
        endCursor: lines.at(-1) ? cursorTextOf((lines.at(-1) as Line).place) : null,
      }),
    }),
    nextCursor: t.field({
      type: 'EventCursor',
      description: 'Where to go on: send it as `after` next time.',
      resolve: ({ next }) => next,
    }),
    gap: t.exposeBoolean('gap', {
      description:
        'True: the log no longer reaches back to `after`, so changes were missed. Read everything anew, and go on from `nextCursor`.',
    }),
  }),
})

builder.queryField('changes', (t) =>
  t.field({
    type: ChangeConnection,
    scopes: ['TICKETS_READ'],
    description:
      'What changed since a place in the log: to keep a copy in step. Every change comes once and in one order, moments after it was made. Lines are kept for 30 days.',
    args: {
      after: t.arg({
        type: 'EventCursor',
        description: 'Only what came behind it. Left out: nothing but `nextCursor`, the end of the log.',
      }),
      types: t.arg.stringList({ description: 'Only events of these types, such as "TicketEvent" or "MessageEvent".' }),
      first: t.arg.int({ required: true, defaultValue: 100, description: `How many, at most ${maxPageSize}.` }),
    },
    resolve: (_root, { after, types, first }, context) => {
      checkBetween('first', first, [0, maxPageSize])
      return linesAfter(context, after ?? null, { size: first, kinds: kindsOf(types ?? eventTypes) })
    },
  }),
)

function kindsOf(types: readonly string[]): LineKinds {
  const unknown = types.find((type) => !eventTypes.includes(type))
  if (unknown !== undefined)
    throw badInput('types', `expected ${eventTypes.join(' or ')}, got ${JSON.stringify(unknown.slice(0, 80))}`)
  return { tickets: types.includes('TicketEvent'), messages: types.includes('MessageEvent') }
}
