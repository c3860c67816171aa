/** How these tests reach the connector: alone over a value, or over real HTTP against the sandbox or a scripted server. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chatwoot } from '#connectors/chatwoot/connector.ts'
import { type MapContext, ticketFrom } from '#connectors/chatwoot/map.ts'
import { meetPeople } from '#connectors/chatwoot/map-people.ts'
import { chatwootSandbox } from '#connectors/chatwoot/sandbox.ts'
import type { Cursor, Host, Json, Page, Session, TicketRecord } from '#connectors/contract.ts'
import { takeNotes } from '#connectors/reading.ts'
import type { Desk } from '#connectors/sandbox/desk.ts'
import { serveSandbox } from '#connectors/sandbox/server.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export function mapContext(partial: Partial<MapContext> = {}): MapContext {
  const baseUrl = 'https://desk.example'
  const fetchedAt = new Date('2026-05-01T00:00:00Z')
  return { accountId: '7', baseUrl, statusMap: {}, notes: takeNotes(), people: meetPeople(), fetchedAt, ...partial }
}

/** One conversation with its thread mapped; the ticket, its messages and what was noted. */
export function mapped(conversation: Json, thread: Json[] = [], context = mapContext()) {
  const ticket = ticketFrom(conversation, thread, context)
  const messages = ticket.conversations[0]?.messages ?? []
  return {
    ticket,
    conversation: ticket.conversations[0],
    messages,
    misfits: context.notes.misfits,
    people: context.people,
  }
}

export function sessionOf(settings: Record<string, unknown>, host: Partial<Host> = {}): Session {
  return chatwoot.connect(chatwoot.settings.parse(settings), { log: quiet, now: () => new Date(), ...host })
}

export async function serve(desk: Desk, options: Parameters<typeof serveSandbox>[2] = {}) {
  const served = await serveSandbox(chatwootSandbox, desk, options)
  return { ...served, session: sessionOf(served.settings) }
}

/** Pulls until the round is over. */
export async function pullAll(session: Session, from: Cursor | null = null) {
  const pages: Page[] = []
  let cursor = from
  do {
    const page: Page = await session.pull(cursor)
    pages.push(page)
    // As Postgres would keep it.
    cursor = JSON.parse(JSON.stringify(page.cursor)) as Cursor
    if (pages.length > 500) throw new Error('the round does not end')
  } while (pages.at(-1)?.hasMore)
  const all = <Key extends keyof Page['records']>(key: Key) =>
    pages.flatMap((page) => page.records[key] as unknown[]) as Page['records'][Key]
  return { pages, cursor, all, tickets: all('tickets'), misfits: all('misfits') }
}

export function messagesOf(ticket: TicketRecord | undefined) {
  return ticket?.conversations[0]?.messages ?? []
}

export type Scripted = { status?: number; headers?: Record<string, string>; body: unknown }

/** A server that answers as the script says, by path below the account; every call is written down. */
export async function serveScript(script: (path: string, query: URLSearchParams) => Scripted | undefined) {
  const calls: { path: string; token: string | undefined }[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = url.pathname.replace('/api/v1/accounts/7', '')
    calls.push({ path: `${path}${url.search}`, token: request.headers.api_access_token as string | undefined })
    const { status = 200, headers = {}, body } = script(path, url.searchParams) ?? standard(path)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  const settings = { baseUrl, accountId: 7, apiAccessToken: 'token-of-test' }
  return { baseUrl, calls, close, settings, session: sessionOf(settings) }
}

/** Empty lists for whatever a script leaves out. */
function standard(path: string): Scripted {
  if (path.endsWith('/messages')) return { body: { meta: {}, payload: [] } }
  return path === '/conversations' ? listOf([]) : { body: { payload: [] } }
}

export function listOf(rows: unknown[], allCount = rows.length): Scripted {
  return {
    body: {
      data: { meta: { mine_count: 0, assigned_count: 0, unassigned_count: 0, all_count: allCount }, payload: rows },
    },
  }
}
