/** Clients that keep a list by a stream of events, and go on from their last cursor whenever they are cut off. */
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

export type Event = {
  __typename: string
  cursor: string
  ticketId: string
  wasInSelection: boolean
  isInSelection: boolean
  ticket: { subject: string } | null
}

export type Follower = {
  name: string
  events: Event[]
  /** How often it was cut off, and how often it has begun. */
  cuts: number
  beginnings: number
  /** What is wrong with what it was told. */
  problems: string[]
  /** Breaks the connection it has, or is about to have. */
  cut(): void
  /** Takes nothing any more, and says nothing of it; then goes on. */
  stopReading(): void
  readOn(): void
  leave(): void
}

export type FollowerOptions = {
  name: string
  kind: 'SSE' | 'WebSocket'
  /** Where it begins next time. */
  url(): string
  token: string
  query: string
  variables: object
  after: string
}

type Answer = { data?: Record<string, Event> | null; errors?: { extensions?: { code?: string } }[] }
type Connection = { ended: Promise<unknown>; destroy(): void; pause(): void; resume(): void }

/** While the store is away nobody can begin, and that is said. */
const UNTIL_THEN = new Set(['UNAVAILABLE', 'OVERLOADED'])
const TRY_AGAIN_MS = 50

export function follow({ name, kind, url, token, query, variables, after }: FollowerOptions): Follower {
  let isOver = false
  let connection: Connection | null = null
  const follower: Follower = {
    ...{ name, events: [], cuts: 0, beginnings: 0, problems: [] },
    cut() {
      follower.cuts += 1
      connection?.destroy()
    },
    stopReading: () => connection?.pause(),
    readOn: () => connection?.resume(),
    leave() {
      isOver = true
      connection?.destroy()
    },
  }

  function take({ data, errors }: Answer) {
    for (const { extensions } of errors ?? [])
      if (!UNTIL_THEN.has(extensions?.code ?? '')) follower.problems.push(`was told ${JSON.stringify(errors)}`)
    const [event] = Object.values(data ?? {})
    if (!event) return
    follower.events.push(event)
    after = event.cursor
  }

  const connect = kind === 'SSE' ? bySse : byWebSocket
  void (async () => {
    for (; !isOver; await sleep(TRY_AGAIN_MS)) {
      follower.beginnings += 1
      connection = connect({ url: url(), token, query, variables: { ...variables, after } }, take)
      await connection.ended
    }
  })()
  return follower
}

type Asked = { url: string; token: string; query: string; variables: object }

function bySse({ url, token, query, variables }: Asked, take: (answer: Answer) => void): Connection {
  const headers = {
    ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    accept: 'text/event-stream, application/json',
  }
  const asking = request(url, { method: 'POST', headers, agent: false })
  let response: IncomingMessage | null = null
  let text = ''
  asking.on('error', () => {})
  asking.on('response', (came) => {
    response = came.setEncoding('utf8').on('error', () => {})
    if (!came.headers['content-type']?.includes('event-stream')) return void came.resume()
    came.on('data', (chunk: string) => {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = /^event: next\ndata: (.*)$/m.exec(block)?.[1]
        if (data) take(JSON.parse(data))
      }
    })
  })
  asking.end(JSON.stringify({ query, variables }))
  return {
    ended: new Promise((resolve) => asking.once('close', resolve)),
    destroy: () => asking.destroy(),
    pause: () => response?.pause(),
    resume: () => response?.resume(),
  }
}

function byWebSocket({ url, token, query, variables }: Asked, take: (answer: Answer) => void): Connection {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
  const send = (message: object) => socket.send(JSON.stringify(message))
  socket.on('error', () => {})
  socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  socket.on('message', (text) => {
    const { type, payload } = JSON.parse(String(text))
    if (type === 'connection_ack') send({ id: '1', type: 'subscribe', payload: { query, variables } })
    if (type === 'next') take(payload)
    if (type === 'error') take({ errors: payload })
    if (type === 'error' || type === 'complete') socket.close()
  })
  return {
    ended: new Promise((resolve) => socket.once('close', resolve)),
    destroy: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  }
}
