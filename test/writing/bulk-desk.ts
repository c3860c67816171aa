/** Tickets of two help desks in one workspace, for commands on many of them. */
import { sql } from 'drizzle-orm'
import { records, type TicketRecord } from '#connectors/contract.ts'
import { workOnBatch } from '#flows/commands/bulk-batch.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { storePage } from '#flows/sync/store.ts'
import type { Db } from '#platform/db/client.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'
import { gatewayForTest } from '../support/gateway.ts'
import { silent } from '../syncing/backend.ts'
import { message, minute, thread } from '../syncing/scripted.ts'

export type UserError = { __typename: string; code: string; message: string; path: string[] | null }
export type Job = {
  id: string
  state: string
  total: number
  processed: number
  failed: number
  failures: { nodeId: string; cursor: string; errors: UserError[] }[]
}
export type Bulk = {
  matchedCount: number
  succeededCount: number
  failedCount: number
  results: { ticketId: string; ticket: { id: string; status: string; version: number } | null; errors: UserError[] }[]
  job: Job | null
  undoToken: string | null
  replayed: boolean
  errors: UserError[]
}

const userErrors = 'errors { __typename code message path }'
export const jobFields = `id state total processed failed kind startedBy { id } resultUrl createdAt finishedAt
  failures(first: 20) { nodeId cursor ticket { id } ${userErrors} }`
const bulkFields = `matchedCount succeededCount failedCount results { ticketId ticket { id status version } ${userErrors} }
  job { ${jobFields} } undoToken replayed ${userErrors}`

let count = 0

/** A workspace of its own: a Chatwoot, where all can be changed that tests change, and a OneBox, where hardly anything can. */
export async function openDesk(db: Db, cleaner: HtmlCleaner) {
  const workspace = { key: `bulk-${++count}`, name: 'Bulk' }
  const [chatwoot, onebox] = await registerBackends(
    db,
    ['chatwoot', 'onebox'].map((vendor) => ({ workspace, key: `${vendor}-${count}`, name: vendor, vendor })),
  )
  if (!chatwoot || !onebox) throw new Error('not registered')
  const { workspaceId } = chatwoot
  const viewers = new Map<string, Viewer>(
    [
      { tokenName: 'program', actorId: null, role: 'ADMIN' } as const,
      { tokenName: 'agent', actorId: null, role: 'AGENT' } as const,
      { tokenName: 'customer', actorId: null, role: 'CONTACT' } as const,
    ].map((viewer) => [viewer.tokenName, { ...viewer, scopes: usualScopes(viewer.role), workspaceId }]),
  )
  const gateway = await gatewayForTest(db, { workspaceId, authenticate: (token) => viewers.get(token ?? '') ?? null })

  async function ask(query: string, variables: object = {}, as = 'program') {
    const headers = { authorization: `Bearer ${as}`, 'content-type': 'application/json' }
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    return (await response.json()) as { data: never; errors?: { message: string }[] }
  }
  async function answered<Result>(mutation: string, type: string, fields: string, input: object, as?: string) {
    const document = `mutation ($input: ${type}!) { result: ${mutation}(input: $input) { ${fields} } }`
    const { data, errors } = await ask(document, { input }, as)
    if (errors) throw new Error(JSON.stringify(errors))
    return (data as { result: Result }).result
  }
  const backends = { chatwoot, onebox }

  return {
    ...{ workspaceId, backends, viewers, ask },
    /** Stores tickets; their global ids in the order given. */
    async store(tickets: TicketRecord[], vendor: keyof typeof backends = 'chatwoot'): Promise<string[]> {
      const { backendId } = backends[vendor]
      const backend = { workspaceId, id: backendId, backendId, vendor }
      for (let from = 0; from < tickets.length; from += 250) {
        const page = records({ tickets: tickets.slice(from, from + 250) })
        await storePage({ db, backend: backend as never, records: page, fetchedAt: minute(1000), cleaner })
      }
      // As autovacuum would; without it each statement on so many takes several times as long.
      if (tickets.length > 100) await db.execute('analyze tickets, conversations, messages')
      const { rows } = await db.execute<{ id: string; externalId: string }>(
        sql`select id, external_id as "externalId" from tickets where backend_id = ${backendId}`,
      )
      const byExternalId = new Map(rows.map((row) => [row.externalId, row.id]))
      return tickets.map(({ externalId }) => nodeIdOf('Ticket', byExternalId.get(externalId) as string))
    },
    update: (input: object, as?: string) =>
      answered<Bulk>('ticketsBulkUpdate', 'TicketsBulkUpdateInput', bulkFields, input, as),
    reply: (input: object, as?: string) =>
      answered<Bulk>('ticketsBulkReply', 'TicketsBulkReplyInput', bulkFields, input, as),
    cancel: (id: string, as?: string) =>
      answered<{ job: Job | null; errors: UserError[] }>(
        ...(['jobCancel', 'NodeActionInput', `job { ${jobFields} } ${userErrors}`, { id }, as] as const),
      ),
    async job(id: string, as?: string): Promise<Job | null> {
      const { data } = await ask(`query ($id: ID!) { job(id: $id) { ${jobFields} } }`, { id }, as)
      return (data as { job: Job | null }).job
    },
    /** One batch of a job, as a worker does it. */
    batch: (id: string, within: Db = db) =>
      workOnBatch({ db: within, cleaner, log: silent }, { workspaceId, jobId: uuidOf(id) }),
    /** How many tickets are in which state. */
    async statuses(): Promise<Record<string, number>> {
      const { rows } = await db.execute<{ status: string; count: number }>(
        sql`select status, count(*)::int as count from tickets where workspace_id = ${workspaceId} group by 1 order by 1`,
      )
      return Object.fromEntries(rows.map((row) => [row.status, row.count]))
    },
  }
}

/** `n` tickets of one inbound message each, numbered from `first`; the last one had something happen last. */
export function someTickets(first: number, n: number, said: Partial<TicketRecord> = {}): TicketRecord[] {
  return Array.from({ length: n }, (_, index) => {
    const id = String(first + index)
    return thread(id, [message(`${id}-1`, { at: minute(index) })], { createdAt: minute(index), ...said })
  })
}

export function uuidOf(nodeId: string): string {
  return Buffer.from(nodeId, 'base64url').toString('latin1').split(':')[1] as string
}
