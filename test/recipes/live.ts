/** What all recipes share: a list of tickets that stays right, through lost connections, gaps and restarts. */

export const cursorQuery = 'query InboxCursor { changes { nextCursor } }'
export const listQuery = `query Inbox($filter: TicketFilter, $first: Int) {
  tickets(filter: $filter, first: $first) { nodes { id subject status lastActivityAt } pageInfo { hasNextPage } } }`
export const eventsQuery = `subscription InboxEvents($filter: TicketFilter, $after: EventCursor) {
  ticketEvents(filter: $filter, after: $after) {
    __typename
    ... on ChangeEvent { cursor }
    ... on TicketEvent { ticketId isInSelection ticket { id subject status lastActivityAt } } } }`

export type Ticket = { id: string; subject: string | null; status: string; lastActivityAt: string }
export type List = { nodes: readonly Ticket[]; pageInfo: { hasNextPage: boolean } }
export type Event = {
  __typename: string
  cursor: string
  ticketId: string
  isInSelection: boolean
  ticket?: Ticket | null
}
export type Inbox = {
  url: string
  token(): Promise<string>
  filter: object
  /** How many rows are shown, at most 100. */
  first: number
  show(list: List): void
  /** The stream has ended, and will be taken up again: for people to see, and for you if it goes on. */
  onLost?(reason: unknown): void
  /** The gateway says something at least every 12 seconds: who is silent for so long is gone. */
  patienceMs?: number
}
export type Sink = { next(event: Event): void; end(reason?: unknown): void }
type Source = {
  cursor(): Promise<string>
  load(): Promise<void>
  follow(after: string, sink: Sink): () => void
  /** False: too little of the list is left, read it anew. */
  apply(event: Event): boolean
}

/** Keeps on until the function it gives is called. */
export function keepLive({ onLost }: Inbox, { cursor, load, follow, apply }: Source): () => void {
  let leave = () => {}
  let timer: ReturnType<typeof setTimeout>
  let isOver = false
  let failures = 0

  async function begin() {
    leave()
    try {
      // The cursor first: what happens between the two is told again, and that does no harm.
      const after = await cursor()
      await load()
      if (!isOver) goOn(after)
    } catch (reason) {
      later(begin, reason)
    }
  }

  function goOn(after: string) {
    const openedAt = Date.now()
    let isOpen = true
    let close = () => {}
    leave = () => {
      isOpen = false
      close()
    }
    close = follow(after, {
      next(event) {
        if (!isOpen) return
        failures = 0
        after = event.cursor
        if (event.__typename === 'StreamGap' || !apply(event)) void begin()
      },
      end(reason) {
        if (!isOpen) return
        leave()
        if (Date.now() - openedAt > 5_000) failures = 0
        later(() => goOn(after), reason)
      },
    })
  }

  function later(again: () => void, reason: unknown) {
    if (isOver) return
    onLost?.(reason)
    // Not all clients at the same moment.
    timer = setTimeout(again, Math.min(30_000, 500 * 2 ** failures++) * (0.5 + Math.random() / 2))
  }

  void begin()
  return () => {
    isOver = true
    clearTimeout(timer)
    leave()
  }
}

/** The list after an event, whoever caused it: events say what is, so one that comes twice changes nothing. */
export function applied(list: List, { ticketId, isInSelection, ticket }: Event, first: number): List {
  const nodes = list.nodes.filter(({ id }) => id !== ticketId)
  let { hasNextPage } = list.pageInfo
  if (isInSelection && ticket) {
    nodes.push(ticket)
    nodes.sort((one, other) => (one.lastActivityAt < other.lastActivityAt ? 1 : -1))
    // Behind the last row there may be others before it.
    if (hasNextPage && nodes.at(-1) === ticket) nodes.pop()
  }
  if (nodes.length > first) hasNextPage = true
  return { ...list, nodes: nodes.slice(0, first), pageInfo: { ...list.pageInfo, hasNextPage } }
}

export const isEnough = ({ nodes, pageInfo }: List, first: number) => !pageInfo.hasNextPage || nodes.length > first / 2

/** `fetch` with the token, which gives up when nothing comes any more. */
export function openFetch({ token, patienceMs = 30_000 }: Inbox): typeof fetch {
  return async (input, init) => {
    const silence = new AbortController()
    let timer: ReturnType<typeof setTimeout>
    const wait = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(new Error('Nothing came any more.')), patienceMs)
    }
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${await token()}`)
    wait()
    const signal = AbortSignal.any([silence.signal, ...(init?.signal ? [init.signal] : [])])
    const response = await fetch(input, { ...init, headers, signal }).finally(() => clearTimeout(timer))
    const heard = new TransformStream({
      start: wait,
      transform(chunk, through) {
        wait()
        through.enqueue(chunk)
      },
      flush: () => clearTimeout(timer),
    })
    return new Response(response.body?.pipeThrough(heard), response)
  }
}
