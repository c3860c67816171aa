/** urql, over Server-Sent Events. */
import { type AnyVariables, Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { createClient } from 'graphql-sse'
import { onEnd, pipe, subscribe } from 'wonka'
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

export function openInbox(inbox: Inbox): () => void {
  const { url, filter, first, show } = inbox
  const signedFetch = openFetch(inbox)
  const streams = createClient({ url, fetchFn: signedFetch, retryAttempts: 0 }) // `keepLive` tries again, from the last cursor on
  const client = new Client({
    url,
    fetch: signedFetch,
    exchanges: [
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: streams.subscribe({ query, variables }, sink as never) }),
        }),
      }),
      fetchExchange,
    ],
  })

  async function ask<Data>(query: string, variables: AnyVariables = {}): Promise<Data> {
    const { data, error } = await client.query<Data>(query, variables).toPromise()
    if (!data) throw error
    return data
  }

  let list: List
  function showNow(now: List) {
    list = now
    show(list)
  }

  return keepLive(inbox, {
    cursor: async () => (await ask<{ changes: { nextCursor: string } }>(cursorQuery)).changes.nextCursor,
    load: async () => showNow((await ask<{ tickets: List }>(listQuery, { filter, first })).tickets),
    follow(after, { next, end }) {
      const { unsubscribe } = pipe(
        client.subscription<{ ticketEvents: Event }>(eventsQuery, { filter, after }),
        onEnd(end),
        subscribe(({ data, error }) => (data ? next(data.ticketEvents) : end(error))),
      )
      return unsubscribe
    },
    apply(event) {
      showNow(applied(list, event, first))
      return isEnough(list, first)
    },
  })
}
