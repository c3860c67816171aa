/** Who is asking. */
import { eq, sql } from 'drizzle-orm'
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { recentlyChangedBy } from '#domain/changes/recent-tickets.ts'
import { DraftConnection } from '#domain/drafts/graphql.ts'
import { draftsOfViewer } from '#domain/drafts/loaders.ts'
import { signatureArgument, ticketList } from '#domain/lists/graphql.ts'
import { MentionConnection } from '#domain/mentions/graphql.ts'
import { mentionsOfViewer } from '#domain/mentions/loaders.ts'
import { type TicketFilterInput, TicketFilterRef, ticketFilter } from '#domain/tickets/filter.ts'
import { Ticket, TicketConnection } from '#domain/tickets/graphql.ts'
import { ticketConnection } from '#domain/tickets/loaders.ts'
import { TicketOrder, ticketOrder } from '#domain/tickets/order.ts'
import { tickets } from '#domain/tickets/table.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { Tenant } from '#domain/workspaces/graphql.ts'
import { currentWorkspace } from '#domain/workspaces/loaders.ts'
import { bothFilters, collectFilter } from '#platform/db/filter.ts'
import { checkBetween } from '#platform/graphql/bad-input.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { pageArguments } from '#platform/graphql/connections.ts'
import { viewerRoles } from '#platform/graphql/roles.ts'
import { ScopeEnum } from '#platform/graphql/scope-enum.ts'
import type { Viewer as ViewerShape } from '#platform/graphql/viewer.ts'

export const ViewerRoleEnum = enumOf('ViewerRole', 'What a token may do.', viewerRoles)

/** Whose tickets are "mine": asked by a contact, assigned to an agent; a program has none. */
function mineOf({ role, actorId }: ViewerShape) {
  const collector = collectFilter('mine')
  const column = role === 'CONTACT' ? tickets.requesterId : tickets.assigneeId
  if (actorId) collector.add(`mine ${role}`, eq(column, collector.value(actorId)))
  else collector.add('nobody', sql`false`)
  return collector.done()
}

const mostRecent = 50

const Viewer = builder.objectRef<ViewerShape>('Viewer').implement({
  description: 'Who the token speaks for.',
  fields: (t) => ({
    actor: t.field({
      type: Actor,
      nullable: true,
      description: 'The person behind the token; null when it is a program.',
      resolve: ({ actorId }, _args, context) => actorOf(context, actorId),
    }),
    role: t.field({ type: ViewerRoleEnum, description: 'What the token may do.', resolve: ({ role }) => role }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What the token may ask for, within what exists for its role.',
      resolve: ({ scopes }) => [...scopes],
    }),
    tokenName: t.exposeString('tokenName', {
      description:
        'Name of the token: as in the configuration, `key:` and its name for an API key, `jwt:`, the provider and the subject for one that an identity provider signed.',
    }),
    tenant: t.field({
      type: Tenant,
      description: 'The company whose help desks it sees.',
      resolve: (_row, _args, context) => currentWorkspace(context),
    }),
    locale: t.field({
      type: 'Locale',
      description: "The person's language, else the company's.",
      resolve: async ({ actorId }, _args, context) =>
        (await actorOf(context, actorId))?.language ?? (await currentWorkspace(context)).defaultLocale,
    }),
    myTickets: t.field({
      type: TicketConnection,
      description: 'Tickets the viewer asked (a contact) or has (an agent).',
      args: {
        filter: t.arg({ type: TicketFilterRef, description: 'Which ones.' }),
        orderBy: t.arg({ type: [TicketOrder], description: 'In which order; by default the latest activity first.' }),
        ...pageArguments(t.arg),
        ...signatureArgument(t.arg),
      },
      resolve: async (row, args, context) => {
        const filter = (args.filter ?? {}) as TicketFilterInput
        const condition = bothFilters(mineOf(row), ticketFilter(filter, context.now, { viewer: row }))
        const connection = await ticketConnection(context, args, ticketOrder(args.orderBy, row), condition)
        return ticketList(context, connection, { knownSignature: args.knownSignature, filter })
      },
    }),
    mentions: t.field({
      type: MentionConnection,
      description: 'Where the viewer is named in notes, newest first; for a program, where anybody is.',
      args: {
        unreadOnly: t.arg.boolean({ required: true, defaultValue: false, description: 'Only those not read.' }),
        first: t.arg.int({ description: 'How many, at most 100. Default 25.' }),
        after: t.arg.string({ description: 'Cursor: only rows behind it.' }),
      },
      resolve: (row, args, context) => mentionsOfViewer(context, row, args),
    }),
    drafts: t.field({
      type: DraftConnection,
      description: 'Drafts the viewer changed last, the latest first; for a program, all.',
      args: {
        first: t.arg.int({ description: 'How many, at most 100. Default 25.' }),
        after: t.arg.string({ description: 'Cursor: only rows behind it.' }),
      },
      resolve: (row, args, context) => draftsOfViewer(context, row, args),
    }),
    recentTickets: t.field({
      type: [Ticket],
      description:
        'Tickets the viewer last changed, answered or marked read through this gateway, latest first. What they do in the console of a help desk is not told apart there from what others do.',
      args: {
        first: t.arg.int({ required: true, defaultValue: 10, description: `How many, at most ${mostRecent}.` }),
      },
      resolve: async ({ tokenName }, { first }, context) => {
        checkBetween('first', first, [0, mostRecent])
        const ids = await recentlyChangedBy(context, tokenName, first)
        const rows = await Promise.all(ids.map((id) => visibleTicket(context, id)))
        return rows.filter((row) => row !== null)
      },
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({ type: Viewer, description: 'Who is asking.', resolve: (_root, _args, context) => context.viewer }),
)
