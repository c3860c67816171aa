/** A small help desk of a test's own: people, tickets and messages as rows, asked through the gateway by several viewers. */
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { afterAll } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, makeWorkspace, openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'

export type Hit = {
  score: number
  highlights: { field: string; snippet: string }[]
  node: { __typename: string; id: string; subject?: string; displayName?: string; ticket?: { subject: string } }
}
export type Found = {
  totalCount: number
  isCapped: boolean
  didYouMean: string | null
  counts: { tickets: number; messages: number; contacts: number }
  nodes: Hit[]
  pageInfo: { endCursor: string | null; hasNextPage: boolean }
}

const document = `query ($query: String!, $types: [SearchType!] = [TICKET, MESSAGE, CONTACT], $filter: TicketFilter, $first: Int, $after: String) {
  search(query: $query, types: $types, filter: $filter, first: $first, after: $after) {
    totalCount isCapped didYouMean counts { tickets messages contacts } pageInfo { endCursor hasNextPage }
    nodes { score highlights { field snippet } node { __typename
      ... on Ticket { id subject } ... on Message { id ticket { subject } } ... on Contact { id displayName } } }
  }
}`

/** Call it at the top level of a test file. */
export async function openDesk() {
  const { db, pool } = await createTestDatabase()
  const viewers = new Map<string, Viewer>()
  const gateway = await openTestGateway(db, { authenticate: (token) => viewers.get(token ?? '') ?? null })
  const { workspaceId } = gateway
  const { during } = watchStatements(pool)
  afterAll(() => gateway.close())
  let count = 0
  const backendIds = new Map<string, string>()

  async function backendOf(workspace: string): Promise<string> {
    const known = backendIds.get(workspace)
    if (known) return known
    const id = uuidv7()
    backendIds.set(workspace, id)
    await db.execute(sql`insert into backends (workspace_id, id, key, name, vendor)
      values (${workspace}, ${id}, ${id}, 'Desk', 'chatwoot')`)
    return id
  }

  return {
    db,
    workspaceId,
    statementsDuring: during,
    url: gateway.url,
    /** Somebody who may ask; programs have no actor. */
    viewer(name: string, role: Viewer['role'], actorId: string | null = null, workspace = workspaceId) {
      viewers.set(name, { tokenName: name, role, scopes: usualScopes(role), actorId, workspaceId: workspace })
    },
    elsewhere: () => makeWorkspace(db),
    async person(said: { name: string; email?: string; phone?: string; identifier?: string; workspace?: string }) {
      const { name, email = null, phone = null, identifier = null, workspace = workspaceId } = said
      const id = uuidv7()
      await db.execute(sql`insert into actors (workspace_id, id, backend_id, type, external_id, display_name, email, phone, identifier)
        values (${workspace}, ${id}, ${await backendOf(workspace)}, 'CONTACT', ${id}, ${name}, ${email}, ${phone}, ${identifier})`)
      return id
    },
    /** A ticket with its messages, one a day up to `at`; columns of each as Postgres names them. */
    async ticket(said: {
      subject: string
      number?: string
      requesterId?: string
      at?: string
      workspace?: string
      columns?: Record<string, unknown>
      messages?: (string | ({ text: string } & Record<string, unknown>))[]
    }) {
      const { subject, requesterId = null, at = '2026-03-02T12:00:00Z', workspace = workspaceId } = said
      const [id, conversationId, backendId] = [uuidv7(), uuidv7(), await backendOf(workspace)]
      const number = said.number ?? `N${++count}`
      await insert('tickets', {
        ...{ workspace_id: workspace, id, backend_id: backendId, external_id: id, number, subject, status: 'NEW' },
        ...{ status_detail: '{"raw":"new","label":"New"}', requester_id: requesterId, read_state_source: 'GATEWAY' },
        ...{ is_read_by_agent: true, is_read_by_contact: true, created_at: at, updated_at: at, last_activity_at: at },
        ...{ fetched_at: at, content_hash: '', ...said.columns },
      })
      await insert('conversations', {
        ...{ workspace_id: workspace, id: conversationId, backend_id: backendId, ticket_id: id, external_id: id },
        ...{ type: 'REPLY_INBOUND', status: 'NEW', status_detail: '{"raw":"new","label":"New"}', last_activity_at: at },
        ...{ created_at: at, updated_at: at, content_hash: '' },
      })
      for (const [index, message] of (said.messages ?? []).entries()) {
        const { text, ...columns } = typeof message === 'string' ? { text: message } : message
        const saidAt = new Date(Date.parse(at) + index * 1000).toISOString()
        const own = uuidv7()
        await insert('messages', {
          ...{
            workspace_id: workspace,
            id: own,
            backend_id: backendId,
            ticket_id: id,
            conversation_id: conversationId,
          },
          ...{ external_id: own, sequence: index, type: 'REPLY_INBOUND', direction: 'INBOUND', content_type: 'TEXT' },
          ...{ is_internal: false, at: saidAt, created_at: saidAt, updated_at: saidAt, body_text: text },
          ...{ content_hash: '', ...columns },
        })
      }
      return { id, nodeId: nodeIdOf('Ticket', id) }
    },
    ask,
    /** What a search finds; fails on an error. */
    async find(query: string, variables: object = {}, name = 'program'): Promise<Found> {
      const { data, errors } = await ask(name, document, { query, ...variables })
      if (errors) throw new Error(JSON.stringify(errors))
      return (data as { search: Found }).search
    },
    refused: async (variables: object) => (await ask('program', document, variables)).errors?.[0]?.extensions,
  }

  async function ask(name: string, query: string, variables: object = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${name}`, 'content-type': 'application/json' }
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    return { status: response.status, headers: response.headers, ...((await response.json()) as object) } as Answer
  }

  async function insert(table: string, row: Record<string, unknown>) {
    const names = sql.join(
      Object.keys(row).map((name) => sql.identifier(name)),
      sql`, `,
    )
    const values = sql.join(
      Object.values(row).map((value) => sql`${value}`),
      sql`, `,
    )
    await db.execute(sql`insert into ${sql.identifier(table)} (${names}) values (${values})`)
  }
}

/** What was found, in a word each: subjects of tickets, subjects of the tickets of messages, names. */
export const shown = ({ nodes }: Found): string[] =>
  nodes.map(({ node }) => `${node.__typename} ${node.subject ?? node.ticket?.subject ?? node.displayName}`)
