/** What a ticket is usually merged into: `mergeCandidates`. */
import { type SQL, sql } from 'drizzle-orm'
import { Ticket } from '#domain/tickets/graphql.ts'
import { type TicketRow, ticketOf } from '#domain/tickets/loaders.ts'
import { isShown } from '#domain/tickets/table.ts'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { checkBetween } from '#platform/graphql/bad-input.ts'
import { builder } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'
import { literalPattern } from '#platform/graphql/search-text.ts'
import { linkedContactIds } from './linked-contacts.ts'

const mostCandidates = 50
const mostWords = 10

builder.objectField(Ticket, 'mergeCandidates', (t) =>
  t.field({
    hidden: fromContacts([]),
    extensions: costs(10),
    type: [Ticket],
    description:
      'Tickets of the same person that are not resolved, also at other help desks: the usual ones to merge with. First those of the same help desk, then by the words of the subject. For those who answer tickets; contacts are told none.',
    args: {
      query: t.arg.string({ description: 'The start of a number, or words of the subject.' }),
      first: t.arg.int({ required: true, defaultValue: 10, description: `How many, at most ${mostCandidates}.` }),
    },
    resolve: async (row, { query, first }, context) => {
      checkBetween('first', first, [0, mostCandidates])
      if (context.viewer.role === 'CONTACT' || row.requesterId === null) return []
      const requesterIds = [row.requesterId, ...(await linkedContactIds(context, row.requesterId))]
      const ids = await candidatesOf(context).load({ row, requesterIds, query: query?.trim() ?? '' })
      return Promise.all(ids.slice(0, first).map((ticketId) => ticketOf(context, { ticketId })))
    },
  }),
)

type Key = { row: TicketRow; requesterIds: string[]; query: string }

const candidatesOf = loaderPerRequest<Key, string[], string>(
  async ({ db, workspaceId }: LoadContext, keys) => {
    const selects = keys.map((key, place) => sql`(${candidateSelect(workspaceId, key, place)})`)
    const { rows } = await db.execute<{ place: number; id: string }>(sql.join(selects, sql` union all `))
    return keys.map((_key, index) => rows.filter(({ place }) => place === index).map(({ id }) => id))
  },
  { cacheKeyFn: ({ row, query }) => `${row.id} ${query}`, maxBatchSize: 100 },
)

function candidateSelect(workspaceId: string, { row, requesterIds, query }: Key, place: number): SQL {
  const pattern = (text: string) => literalPattern('query', text)
  const words = query.split(/\s+/).slice(0, mostWords)
  const hasWords = words.map((word) => sql`subject ilike ${`%${pattern(word)}%`}`)
  const isMeant = sql`(number ilike ${`${pattern(query)}%`} or (${sql.join(hasWords, sql` and `)}))`
  return sql`
    select ${place}::int as place, id from tickets
    where workspace_id = ${workspaceId} and requester_id = any(${sql.param(requesterIds)}::uuid[])
      and status <> 'RESOLVED' and ${isShown} and id <> ${row.id} and id is distinct from ${row.mergedIntoId}
      ${query === '' ? sql`` : sql`and ${isMeant}`}
    order by number = ${query} desc, backend_id = ${row.backendId} desc, similarity(subject, ${row.subject}) desc,
      last_activity_at desc, id
    limit ${mostCandidates}`
}
