import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Cursor,
  type HostLog,
  type JsonObject,
  type Page,
  type Records,
  records,
  type Session,
} from '#connectors/contract.ts'
import { deskhero } from '#connectors/deskhero/connector.ts'
import type { Reading } from '#connectors/deskhero/entry.ts'
import { ticketFrom } from '#connectors/deskhero/map.ts'
import { takePeople } from '#connectors/deskhero/people.ts'
import { noWords } from '#connectors/deskhero/words.ts'
import { takeNotes } from '#connectors/reading.ts'

const quiet = () => {}
const log: HostLog = { debug: quiet, info: quiet, warn: quiet, error: quiet }

const least = { baseUrl: 'http://127.0.0.1:9', tenant: 'acme', token: 'TOKENSECRET' }

export function connect(settings: Record<string, unknown>): Session {
  const fast = { rateLimit: { calls: 1000, windowMs: 1000 } }
  return deskhero.connect(deskhero.settings.parse({ ...least, ...fast, ...settings }), { log, now: () => new Date() })
}

/** Maps one ticket and gives everything that came of it. */
export function read(complete: JsonObject, settings: Record<string, unknown> = {}) {
  const people = takePeople('en')
  const notes = takeNotes()
  const reading: Reading = {
    settings: deskhero.settings.parse({ ...least, ...settings }),
    words: noWords,
    notes,
    people,
    fetchedAt: new Date('2026-05-01T00:00:00Z'),
  }
  const ticket = ticketFrom(complete.ticket as JsonObject, complete, reading)
  const messages = ticket.conversations.flatMap((conversation) => conversation.messages)
  return {
    ticket,
    messages,
    message: messages[0],
    conversation: ticket.conversations[0],
    people,
    misfits: notes.misfits,
  }
}

/** One round from `cursor` to its end, all pages together. */
export async function round(session: Session, cursor: Cursor | null = null, eachPage?: (page: Page) => void) {
  const all: Records = records()
  let pages = 0
  for (let place = cursor; ; ) {
    const page = await session.pull(place)
    pages += 1
    eachPage?.(page)
    for (const [kind, items] of Object.entries(page.records)) (all as Record<string, unknown[]>)[kind]?.push(...items)
    // Through JSON, as Postgres would keep it.
    place = JSON.parse(JSON.stringify(page.cursor))
    if (!page.hasMore) return { ...all, cursor: place as Cursor, pages }
    if (pages > 200) throw new Error('the round does not end')
  }
}

export type Asked = {
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}
export type Answered = { status?: number; body?: unknown; headers?: Record<string, string> }

/** A server that answers whatever a test wants; paths come without `/api/acme/v1/`. */
export async function stub(answer: (asked: Asked) => Answered | undefined) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub')
    const call = {
      method: request.method ?? '',
      path: url.pathname.replace('/api/acme/v1/', ''),
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(await request.toArray()),
    }
    asked.push(call)
    const { status = 200, body, headers = {} } = answer(call) ?? { status: 404 }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    asked,
    baseUrl,
    close,
    session: (settings: Record<string, unknown> = {}) => connect({ baseUrl, ...settings }),
  }
}

export type Row = { id: number; last_updated: string; [key: string]: unknown }

/** Answers as a DeskHero with these tickets would; `rows` may change between calls. */
export function deskOf(rows: () => Row[], { firstPage = 1, mostTake = 100 } = {}) {
  return ({ path, query }: Asked): Answered | undefined => {
    if (path === 'users' || path.startsWith('lists/')) return { body: [] }
    if (path === 'tickets') {
      const take = Math.min(Number(query.get('take')), mostTake)
      const at = (Number(query.get('page')) - firstPage) * take
      if (at < 0) return { status: 400, body: { title: 'page is not valid' } }
      const sorted = [...rows()].sort((a, b) =>
        query.get('sort_by_key') === 'id' ? a.id - b.id : b.last_updated.localeCompare(a.last_updated),
      )
      return { body: { data: sorted.slice(at, at + take) } }
    }
    const row = rows().find(({ id }) => path === `tickets/${id}`)
    return row ? { body: { data: { ticket: row, conversations: [] } } } : { status: 400, body: { title: 'not found' } }
  }
}

export const stamp = (minute: number, fraction = '1234567') =>
  `2026-03-04T${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00.${fraction}`

export function row(id: number, minute = id): Row {
  return {
    id,
    label: `Ticket ${id}`,
    sys_status: { id: 2, label: 'Open' },
    created: stamp(0),
    last_updated: stamp(minute),
  }
}
