/** `EventSource` and `fetch`, no GraphQL client. */
import { EventSource } from 'eventsource' // a browser's own cannot send a token
import {
  applied,
  cursorQuery,
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

  async function ask(query: string, variables: object = {}) {
    const headers = { 'content-type': 'application/json' }
    const response = await signedFetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    const { data, errors } = await response.json()
    if (!data) throw errors
    return data
  }

  let list: List
  function showNow(now: List) {
    list = now
    show(list)
  }

  return keepLive(inbox, {
    cursor: async () => (await ask(cursorQuery)).changes.nextCursor,
    load: async () => showNow((await ask(listQuery, { filter, first })).tickets),
    follow(after, { next, end }) {
      const variables = JSON.stringify({ filter, after })
      const source = new EventSource(`${url}?${new URLSearchParams({ query: eventsQuery, variables })}`, {
        fetch: signedFetch as never,
      })
      source.addEventListener('next', (event) => {
        const { data, errors } = JSON.parse(event.data)
        if (data) next(data.ticketEvents)
        else end(errors)
      })
      // After a lost connection it comes back by itself, with `Last-Event-ID`; after a refusal it does not.
      source.addEventListener('error', (error) => source.readyState === source.CLOSED && end(error))
      return () => source.close()
    },
    apply(event) {
      showNow(applied(list, event, first))
      return isEnough(list, first)
    },
  })
}
