/** Apollo Client, over WebSocket. */
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import {
  applied,
  cursorQuery,
  type Event,
  eventsQuery,
  type Inbox,
  isEnough,
  keepLive,
  type List,
  listQuery,
  openFetch,
} from './live.ts'
import { openSockets } from './sockets.ts'

const [CURSOR, LIST, EVENTS] = [gql(cursorQuery), gql(listQuery), gql(eventsQuery)]
type Lists = { tickets: List }

export function openInbox(inbox: Inbox): () => void {
  const { url, filter, first, show } = inbox
  const client = new ApolloClient({
    cache: new InMemoryCache({
      possibleTypes: { ChangeEvent: ['TicketEvent', 'StreamGap'] },
      typePolicies: { TicketConnection: { merge: false } },
    }),
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(openSockets(inbox)),
      new HttpLink({ uri: url, fetch: openFetch(inbox) }),
    ),
  })

  // Where the list is shown: `useQuery(LIST, { variables, fetchPolicy: 'cache-only' })` in React.
  const variables = { filter, first }
  const shown = client
    .watchQuery<Lists>({ query: LIST, variables, fetchPolicy: 'cache-only' })
    .subscribe(({ data, dataState }) => dataState === 'complete' && show(data.tickets))

  const fetchPolicy = 'network-only'
  const leave = keepLive(inbox, {
    cursor: async () => {
      const { data } = await client.query<{ changes: { nextCursor: string } }>({ query: CURSOR, fetchPolicy })
      return data?.changes.nextCursor ?? ''
    },
    load: async () => void (await client.query<Lists>({ query: LIST, variables, fetchPolicy })),
    follow(after, { next, end }) {
      const stream = client
        .subscribe<{ ticketEvents: Event }>({ query: EVENTS, variables: { filter, after } })
        .subscribe({
          next: ({ data, error }) => (data ? next(data.ticketEvents) : end(error)),
          error: end,
          complete: end,
        })
      return () => stream.unsubscribe()
    },
    apply(event) {
      const data = client.cache.updateQuery<Lists>(
        { query: LIST, variables },
        (known) => known && { tickets: applied(known.tickets, event, first) },
      )
      return data !== null && isEnough(data.tickets, first)
    },
  })
  return () => {
    leave()
    shown.unsubscribe()
  }
}
