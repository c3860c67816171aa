/** What a list of tickets says of itself: whether it is news, and whose newest tickets it may miss. */
import type { ArgBuilder } from '@pothos/core'
import { Backend, isStale } from '#domain/backends/graphql.ts'
import { allBackends, type BackendRow } from '#domain/backends/loaders.ts'
import type { TicketFilterInput } from '#domain/tickets/filter.ts'
import { TicketConnection } from '#domain/tickets/graphql.ts'
import type { TicketRow } from '#domain/tickets/loaders.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, type GraphContext, type GraphTypes } from '#platform/graphql/builder.ts'
import type { Connection } from '#platform/graphql/connections.ts'
import { idsFrom } from '#platform/graphql/node-ids.ts'
import { signatureOf } from './signature.ts'

type TicketList = Connection<TicketRow> & {
  /** The help desks that a list can have tickets of; left out: all. */
  backendIds?: readonly string[] | null
}

/** For arguments of a list; `ticketList` heeds them. */
export const signatureArgument = (t: ArgBuilder<GraphTypes>) => ({
  knownSignature: t.string({
    description: 'The `signature` the client got with the rows it has. While it still fits, no rows are sent.',
  }),
})

/** A list that knows what the client has, and by its filter whose tickets it can hold. */
export function ticketList(
  context: GraphContext,
  connection: Connection<TicketRow>,
  { knownSignature, filter }: { knownSignature?: string | null; filter: TicketFilterInput },
): TicketList {
  const isKnown = async () => knownSignature === (await signatureOf(context, connection))
  return { ...connection, backendIds: backendsOf(filter), ...(knownSignature != null && { isKnown }) }
}

/** Null when the filter does not say. */
function backendsOf({ backendIds, and = [] }: TicketFilterInput): string[] | null {
  const own = backendIds ? idsFrom('filter.backendIds', backendIds, 'Backend') : null
  return (and ?? []).map(backendsOf).reduce((one, other) => {
    if (one === null || other === null) return one ?? other
    return one.filter((id) => other.includes(id))
  }, own)
}

/** Not well, never copied as a whole, paused, or older than it should be. */
function isIncomplete(backend: BackendRow, now: Date): boolean {
  return backend.health !== 'OK' || isStale(backend, now)
}

builder.objectFields(TicketConnection, (t) => ({
  signature: t.string({
    description:
      'Stays the same while this page shows the same tickets in the same state, with the same people and tags, to this viewer. Send it back as `knownSignature`.',
    resolve: (connection, _args, context) => signatureOf(context, connection),
  }),
  unchanged: t.boolean({
    description: 'True when `knownSignature` still fits: `nodes` and `edges` are empty on purpose then.',
    resolve: ({ isKnown }) => isKnown?.() ?? false,
  }),
  incompleteBackends: t.field({
    type: [Backend],
    hidden: fromContacts([]),
    description:
      'Help desks of this list that do not answer or whose copy is stale: their newest tickets may be missing.',
    resolve: async (connection, _args, context) => {
      const { backendIds } = connection as TicketList
      const inScope = (await allBackends(context)).filter(({ id }) => backendIds?.includes(id) ?? true)
      return inScope.filter((backend) => isIncomplete(backend, context.now))
    },
  }),
}))
