/** How one ticket is found. */
import { ExternalRef } from '#domain/actors/contacts.ts'
import { BackendError } from '#domain/backends/graphql.ts'
import { ForbiddenError, NotFoundError, notFound } from '#domain/backends/problems.ts'
import { missingScopes } from '#platform/graphql/access.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { missingScopesProblem } from '#platform/graphql/forbidden.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { Ticket } from './graphql.ts'
import { type TicketRow, ticketsByExternalId, ticketsByNumber, ticketsByUrl } from './loaders.ts'
import { isVisibleTo, visibleTicket } from './visible.ts'

const NumberRef = builder.inputType('TicketNumberRef', {
  description: 'A ticket by the number people quote.',
  fields: (t) => ({
    backendId: t.id({ description: 'Which help desk; needed when several use the same number.' }),
    number: t.string({ required: true, description: 'The number.' }),
  }),
})

const TicketRef = builder.inputType('TicketRef', {
  description: 'Names a ticket in one of several ways.',
  isOneOf: true,
  fields: (t) => ({
    number: t.field({ type: NumberRef, description: 'By the number people quote.' }),
    external: t.field({ type: ExternalRef, description: "By the help desk's own id." }),
    url: t.field({ type: 'URL', description: "By its page in the help desk's own console." }),
  }),
})

async function ticketByNodeId(context: GraphContext, nodeId: string): Promise<TicketRow | null> {
  const id = idFrom(nodeId, 'Ticket')
  return id ? visibleTicket(context, id) : null
}

const TicketResult = builder.unionType('TicketResult', {
  description: 'A ticket, or the reason why there is none.',
  types: [Ticket, NotFoundError, ForbiddenError, BackendError],
  resolveType: (value) => ('__typename' in value ? value.__typename : 'Ticket'),
})

builder.queryFields((t) => ({
  ticket: t.field({
    type: Ticket,
    scopes: ['TICKETS_READ'],
    nullable: true,
    description: 'One ticket; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Global id.' }) },
    resolve: (_root, { id }, context) => ticketByNodeId(context, id),
  }),
  ticketByRef: t.field({
    type: Ticket,
    scopes: ['TICKETS_READ'],
    nullable: true,
    description:
      'One ticket by what people or help desks call it. Null when none fits, or when several do: then name the help desk.',
    args: { ref: t.arg({ type: TicketRef, required: true, description: 'What it is called.' }) },
    resolve: async (_root, { ref }, context) => {
      const given = ref.external ?? ref.number
      const backendId = given?.backendId == null ? null : idFrom(given.backendId, 'Backend')
      const found = ref.external
        ? await ticketsByExternalId(context, ref.external.externalId)
        : ref.number
          ? await ticketsByNumber(context, ref.number.number)
          : await ticketsByUrl(context, ref.url ?? '')
      const fitting = found.filter(
        (row) => (given?.backendId == null || row.backendId === backendId) && isVisibleTo(context.viewer, row),
      )
      return fitting.length === 1 ? (fitting[0] ?? null) : null
    },
  }),
  ticketResult: t.field({
    type: TicketResult,
    description: 'As `ticket`, but says why there is none.',
    args: { id: t.arg.id({ required: true, description: 'Global id.' }) },
    resolve: async (_root, { id }, context, { schema }) => {
      const missing = missingScopes(context.viewer, schema.getType('Ticket'))
      if (missing.length > 0) return missingScopesProblem(missing)
      return (await ticketByNodeId(context, id)) ?? notFound('ticket', id)
    },
  }),
}))
