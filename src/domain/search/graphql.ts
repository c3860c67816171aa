/** `search`: tickets, messages and people in one list. */

import { sql } from 'drizzle-orm'
import { Contact } from '#domain/actors/contacts.ts'
import { Message } from '#domain/messages/graphql.ts'
import { type TicketFilterInput, TicketFilterRef } from '#domain/tickets/filter.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { type Connection, connectionOf, pageRequestOf } from '#platform/graphql/connections.ts'
import { costs } from '#platform/graphql/cost.ts'
import { mostCandidates } from '#platform/search/query.ts'
import { type Candidate, type Kind, kinds } from './candidates.ts'
import { type Highlight, type Hit, highlightsOf, hitOf, type Node } from './hits.ts'
import { countsBeside, type Found, nameOfSearch, type SearchInput, search } from './search.ts'

const SearchTypeEnum = enumOf('SearchType', 'What can be searched.', {
  TICKET: 'Tickets, by their numbers and subjects.',
  MESSAGE: 'Messages and notes, by their texts and subjects.',
  CONTACT: 'Contacts and visitors, by their names, addresses, numbers and keys.',
} satisfies Record<Kind, string>)

const SearchNode = builder.unionType('SearchNode', {
  description: 'What a search finds.',
  types: [Ticket, Message, Contact],
  resolveType: (value) => typeNames.get(value as object),
})
/** Rows say nothing of their kind. */
const typeNames = new WeakMap<object, string>()
const typeNameOf: Record<Kind, string> = { TICKET: 'Ticket', MESSAGE: 'Message', CONTACT: 'Contact' }
function namedRow({ kind, row }: Node): Node['row'] {
  typeNames.set(row, typeNameOf[kind])
  return row
}

const HighlightRef = builder.objectRef<Highlight>('Highlight').implement({
  description: 'Where the words of a search stand in a field.',
  fields: (t) => ({
    field: t.exposeString('field', {
      description:
        'Of a ticket `number`, `subject`; of a message `subject`, `body`; of a contact `displayName`, `email`, `phone`, `identifier`, `identities`.',
    }),
    snippet: t.exposeString('snippet', {
      description:
        'A piece of the text around the first such word, as HTML that is safe to show: escaped, each word in `<mark>`, nothing else.',
    }),
  }),
})

const SearchHit = builder.objectRef<Hit>('SearchHit').implement({
  description: 'Something that fits a search.',
  fields: (t) => ({
    node: t.field({ type: SearchNode, description: 'What was found.', resolve: ({ node }) => namedRow(node) as never }),
    score: t.exposeFloat('score', {
      description:
        'How well it fits, from 0 to 1: 1 for just this number, address or key. Comparable within one search.',
    }),
    highlights: t.field({
      type: [HighlightRef],
      description: 'Where the words stand in it. Empty when what fits is not shown there.',
      resolve: (hit, _args, context) => highlightsOf(context, hit),
    }),
  }),
})

type Counts = Record<Kind, number>
const SearchCounts = builder.objectRef<Counts>('SearchCounts').implement({
  description: `How many of each kind fit, for tabs; also of kinds that are not asked for. Counts end at ${mostCandidates}.`,
  fields: (t) => ({
    tickets: t.exposeInt('TICKET', { description: 'Tickets.' }),
    messages: t.exposeInt('MESSAGE', { description: 'Messages and notes.' }),
    contacts: t.exposeInt('CONTACT', { description: 'Contacts and visitors.' }),
  }),
})

type SearchShape = Connection<Hit> & { found: Found; input: SearchInput }
const SearchConnection = connectionOf('Search', SearchHit, 'hits')

builder.objectFields(SearchConnection, (t) => ({
  counts: t.field({
    type: SearchCounts,
    description: 'How many of each kind fit.',
    resolve: async (connection, _args, context) => {
      const { found, input } = connection as SearchShape
      const others = kinds.filter((kind) => !input.kinds.includes(kind))
      if (others.length === 0) return found.counts
      const beside = await countsBeside(context, input, others)
      return Object.fromEntries(
        kinds.map((kind) => [kind, others.includes(kind) ? beside.counts[kind] : found.counts[kind]]),
      ) as Counts
    },
  }),
  isCapped: t.boolean({
    description: `Whether there may be more than is counted and listed: of each kind the newest ${mostCandidates} that fit are looked at, and the search for words that are frequent but seldom meet ends after a moment.`,
    resolve: (connection) => (connection as SearchShape).found.isCapped,
  }),
  didYouMean: t.string({
    nullable: true,
    description:
      'The search with its words written as they were probably meant. Given when nothing fits it as typed; what is listed then fits this.',
    resolve: (connection) => (connection as SearchShape).found.didYouMean,
  }),
}))

const rank: NamedOrder['steps'] = [
  { by: sql`score`, type: 'text', direction: 'DESC' },
  { by: sql`kind`, type: 'text', direction: 'ASC' },
  { by: sql`id`, type: 'uuid', direction: 'DESC' },
]

builder.queryField('search', (t) =>
  t.field({
    extensions: costs(10),
    type: SearchConnection,
    scopes: ['TICKETS_READ'],
    description:
      'Tickets, messages and contacts in one list, best first: just this ticket number, mail address, telephone number or key; then names and subjects, then texts, newer ones before older ones. All words have to be there, in any form and case, with or without accents; words in quotes just so. Names and subjects are also found when they are misspelled. When nothing has all words, what has most of them is listed, else what has any.',
    args: {
      query: t.arg.string({
        required: true,
        description:
          'What to look for: 2 to 500 characters, or one Chinese character. The last word may be unfinished.',
      }),
      types: t.arg({
        type: [SearchTypeEnum],
        required: true,
        defaultValue: ['TICKET', 'MESSAGE', 'CONTACT'],
        description: 'What to list.',
      }),
      filter: t.arg({
        type: TicketFilterRef,
        description:
          'Only tickets that fit, messages of such tickets, and contacts who asked one. Recycled, merged, vanished tickets and spam are left out unless asked for, with their messages.',
      }),
      first: t.arg.int({ description: 'How many, at most 100. Default 20.' }),
      after: t.arg.string({ description: 'Cursor: only hits behind it.' }),
    },
    resolve: async (_root, { query, types, filter, first, after }, context) => {
      const asked = {
        ...{ query, kinds: kinds.filter((kind) => types.includes(kind)), size: 0, after: null },
        filter: (filter ?? null) as TicketFilterInput | null,
      }
      const order = { name: nameOfSearch(asked), steps: rank }
      const request = pageRequestOf({ first: first ?? null, after: after ?? null }, order, 20)
      const input: SearchInput = { ...asked, size: request.size, after: candidateAt(request.after) }
      const found = await search(context, input)
      const hits = await Promise.all(found.page.rows.map((row) => hitOf(context, row)))
      const shape: SearchShape = {
        ...{ found, input, order: order.name },
        page: { ...found.page, rows: hits.filter((hit) => hit !== null) },
        count: async () => input.kinds.reduce((sum, kind) => sum + found.counts[kind], 0),
      }
      return shape
    },
  }),
)

function candidateAt(position: string[] | null): Candidate | null {
  if (!position) return null
  const [score = '', kind = '', id = ''] = position
  if (!/^\d\.?\d*(?:e-\d+)?$/.test(score) || !kinds.includes(kind as Kind))
    throw badInput('after', 'expected a cursor of this list')
  return { score: Number(score), kind: kind as Kind, id }
}
