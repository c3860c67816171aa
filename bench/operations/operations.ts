/** What is measured one request after the other. The words are those of `data/texts.ts`, the rest those of `data/rows.ts`. */
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { strewn } from '../data/texts.ts'
import type { Known } from './known.ts'

/** `found`: what the answer says of how much there was. */
export type Operation = { name: string; document: string; variables?: object; found?(data: never): string }

export function operationsFor(known: Known): Operation[] {
  const ticket = { id: nodeIdOf('Ticket', known.ticketId) }
  return [
    ...unreadCounts(known.viewIds),
    { name: 'board by status', document: board('STATUS') },
    { name: 'board by assignee', document: board('ASSIGNEE') },
    { name: 'stats of 30 days by tag, all metrics', document: stats },
    { name: 'timeline, newest 50', document: timeline, variables: ticket },
    { name: 'changes, 100 from amid the log', document: changes, variables: { after: known.changesAfter } },
    { name: 'similar tickets', document: similar, variables: ticket },
    ...searches(known),
  ]
}

function unreadCounts(viewIds: string[]): Operation[] {
  return ['', 'unreadTicketIds mentionedUnreadTicketIds'].map((ids) => ({
    name: `unread in ${viewIds.length} views${ids && ', with ids'}`,
    document: `query ($viewIds: [ID!]) { unreadCounts(viewIds: $viewIds) {
      allCount mentionedCount views { view { id } unreadCount mentionedUnreadCount ${ids} } } }`,
    variables: { viewIds },
    found: ({ unreadCounts }: { unreadCounts: { allCount: number } }) => String(unreadCounts.allCount),
  }))
}

const ticketFields = 'id number subject status requester { displayName } lastActivityAt'

const board = (by: string) => `{ ticketGroups(by: ${by}) {
  key label totalCount unreadCount tickets(first: 10) { nodes { ${ticketFields} } } } }`

const stats = `{ ticketStats(groupBy: TAG, to: "2026-10-31T00:00:00Z", timeZone: "Europe/Berlin") {
  totalCount groups { key label count } series { metric points { at value p50 p90 count } } } }`

const timeline = `query ($id: ID!) { ticket(id: $id) { timeline(last: 50) { totalCount pageInfo { startCursor hasPreviousPage } nodes {
  id itemType at actor { id displayName } ... on Message { body { html } attachments { id name } } } } } }`

const changes = `query ($after: EventCursor) { changes(after: $after) {
  gap nextCursor pageInfo { hasNextPage } nodes { __typename cursor ... on TicketEvent { ticket { ${ticketFields} } } } } }`

const similar = `query ($id: ID!) { ticket(id: $id) { similarTickets { score reason ticket { ${ticketFields} } } } }`

const search = `query ($query: String!, $filter: TicketFilter) {
  search(query: $query, filter: $filter, first: 20) {
    totalCount counts { tickets messages contacts } didYouMean isCapped
    nodes { score highlights { field snippet }
      node { __typename
        ... on Ticket { ${ticketFields} }
        ... on Message { id at body { plainPreview(length: 120) } ticket { id number subject } sender { displayName } }
        ... on Contact { id displayName email ticketCounts { open } } } }
    pageInfo { endCursor hasNextPage } } }`

/** Twenty hits among tickets, messages and contacts, with highlights and their fields. */
function searches({ contactName, ticketNumber }: Known): Operation[] {
  const { rare, hundredth, third, meeting } = strewn
  const asked: [string, string, object?][] = [
    ['a rare word', rare.words],
    ['a word of 1 %', hundredth.words],
    ['a word of a third', third.words],
    ['two words of a third that seldom meet', meeting.words],
    ['a word of a third and a rare one', `${third.words} ${rare.words}`],
    ['an unfinished word', third.words.slice(0, 3)],
    ['a word of a third, of new tickets', third.words, { status: ['NEW'] }],
    ['a name with two letters swapped', misspelled(contactName)],
    ['Chinese', '申请退款'],
    ['a ticket number', ticketNumber],
    ['nothing there is', 'xylophonquartett'],
  ]
  return asked.map(([title, query, filter]) => ({
    name: `search: ${title}`,
    document: search,
    variables: { query, filter },
    found: ({ search: { totalCount, isCapped } }: { search: { totalCount: number; isCapped: boolean } }) =>
      `${totalCount}${isCapped ? ' or more' : ''}`,
  }))
}

function misspelled(name: string): string {
  const word = name.split(' ').reduce((longest, next) => (next.length > longest.length ? next : longest), '')
  const middle = Math.floor(word.length / 2)
  return `${word.slice(0, middle)}${word[middle + 1] ?? ''}${word[middle]}${word.slice(middle + 2)}`
}
