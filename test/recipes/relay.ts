/** Relay, over WebSocket. The documents are compiled by `relay-compiler`. */
import {
  commitLocalUpdate,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  graphql,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
} from 'relay-runtime'
import type { relayCursorQuery } from './__generated__/relayCursorQuery.graphql.ts'
import type { relayEventsSubscription } from './__generated__/relayEventsSubscription.graphql.ts'
import type { relayListQuery } from './__generated__/relayListQuery.graphql.ts'
import { applied, type Event, type Inbox, isEnough, keepLive, type List, openFetch } from './live.ts'
import { openSockets } from './sockets.ts'

const CURSOR = graphql`query relayCursorQuery { changes { nextCursor } }`
const LIST = graphql`query relayListQuery($filter: TicketFilter, $first: Int) {
  tickets(filter: $filter, first: $first) { nodes { id subject status lastActivityAt } pageInfo { hasNextPage } } }`
const EVENTS = graphql`subscription relayEventsSubscription($filter: TicketFilter, $after: EventCursor) {
  ticketEvents(filter: $filter, after: $after) {
    __typename
    ... on ChangeEvent { cursor }
    ... on TicketEvent { ticketId isInSelection ticket { id subject status lastActivityAt } } } }`

export function openInbox(inbox: Inbox): () => void {
  const { url, filter, first, show } = inbox
  const [signedFetch, sockets] = [openFetch(inbox), openSockets(inbox)]
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      async ({ text: query }, variables) => {
        const headers = { 'content-type': 'application/json' }
        const body = JSON.stringify({ query, variables })
        return (await signedFetch(url, { method: 'POST', headers, body })).json()
      },
      ({ text: query, name }, variables) =>
        Observable.create((sink) => {
          // What happens to a socket after it was left is nobody's concern.
          const error = (reason: unknown) => sink.closed || sink.error(reason as Error)
          return sockets.subscribe({ query: query ?? '', operationName: name, variables }, { ...sink, error } as never)
        }),
    ),
  })

  // Where the list is shown: `useLazyLoadQuery(LIST, variables, { fetchPolicy: 'store-only' })` in React.
  const variables = { filter, first }
  const { fragment, ...operation } = createOperationDescriptor(LIST as never, variables)
  const retained = environment.retain({ fragment, ...operation })
  const listNow = () => (environment.lookup(fragment).data as { tickets?: List }).tickets
  const leave = keepLive(inbox, {
    cursor: async () =>
      (await fetchQuery<relayCursorQuery>(environment, CURSOR, {}).toPromise())?.changes.nextCursor ?? '',
    async load() {
      await fetchQuery<relayListQuery>(environment, LIST, variables).toPromise()
      const list = listNow()
      if (list) show(list)
    },
    follow(after, { next, end }) {
      const { dispose } = requestSubscription<relayEventsSubscription>(environment, {
        subscription: EVENTS,
        variables: { filter, after },
        onNext: (data) => (data ? next(data.ticketEvents as Event) : end()),
        onError: end,
        onCompleted: end,
      })
      return dispose
    },
    apply(event) {
      const known = listNow()
      if (!known) return false
      const list = applied(known, event, first)
      commitLocalUpdate(environment, (store) => {
        const tickets = store.getRoot().getLinkedRecord('tickets', variables)
        const rows = list.nodes.map(({ id }) => store.get(id) ?? null)
        tickets?.setLinkedRecords(rows, 'nodes')
        tickets?.getLinkedRecord('pageInfo')?.setValue(list.pageInfo.hasNextPage, 'hasNextPage')
      })
      show(list)
      return isEnough(list, first)
    },
  })
  return () => {
    leave()
    retained.dispose()
  }
}
