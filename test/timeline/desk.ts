/** A help desk whose answers are data, behind the gateway, and its timelines as several people see them. */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { cleanerOfFile, newBackend, storeInto } from '../syncing/backend.ts'

export type Item = {
  __typename: string
  id: string
  itemType: string
  at: string
  actor: { displayName: string } | null
  body?: { text: string }
  label?: string
  detail?: unknown
  [field: string]: unknown
}
export type Timeline = {
  totalCount: number
  updatedAt: string
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
  nodes: Item[]
}

const assignee = '{ __typename ... on Agent { displayName } }'
/** Every field of every item. */
export const itemFields = `__typename id itemType at actor { displayName }
  ... on Message { type body { text } }
  ... on StatusChangedItem { from to fromDetail { raw } toDetail { raw } }
  ... on PriorityChangedItem { oldPriority: from newPriority: to }
  ... on AssignmentChangedItem { fromAssignee ${assignee} toAssignee ${assignee} fromDepartment { name } toDepartment { name } }
  ... on TagsChangedItem { added { name } removed { name } }
  ... on MergeItem { source { number } target { number } movedMessageCount }
  ... on GenericEventItem { label detail }`

const document = `query ($id: ID!, $types: [TimelineItemType!], $since: DateTime, $first: Int, $after: String, $last: Int, $before: String) {
  ticket(id: $id) { timeline(types: $types, since: $since, first: $first, after: $after, last: $last, before: $before) {
    totalCount updatedAt pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ${itemFields} }
  } } }`

/** Call it at the top level of a test file. */
export async function openTimelines() {
  const database = await createTestDatabase()
  const { db } = database
  const { during } = watchStatements(database.pool)
  const cleaner = cleanerOfFile()
  const viewers = new Map<string, Viewer>()
  const gateway = await openTestGateway(db, { authenticate: (token) => viewers.get(token ?? '') ?? null })
  afterAll(() => gateway.close())
  const idOf = async (query: ReturnType<typeof sql>) => ((await db.execute(query)).rows[0] as { id: string }).id

  async function answerOf(
    token: string,
    query: string,
    variables: object = {},
  ): Promise<Pick<Answer, 'data' | 'errors'>> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    return response.json() as Promise<Answer>
  }

  async function ask<Result>(token: string, query: string, variables: object): Promise<Result> {
    const { data, errors } = await answerOf(token, query, variables)
    if (errors) throw new Error(JSON.stringify(errors))
    return Object.values(data)[0] as Result
  }

  return {
    ...{ db, during, idOf, ask, answerOf },
    /** A new help desk in a workspace of its own. */
    async newDesk(vendor = 'comm100') {
      const backend = await newBackend(db, vendor)
      const { workspaceId } = backend
      const viewer = (said: Partial<Viewer> = {}) => {
        const token = randomUUID()
        viewers.set(token, {
          workspaceId,
          actorId: null,
          role: 'ADMIN',
          scopes: usualScopes(said.role ?? 'ADMIN'),
          tokenName: token,
          ...said,
        })
        return token
      }
      const admin = viewer()
      const ticketId = async (number: string) =>
        nodeIdOf(
          'Ticket',
          await idOf(sql`select id from tickets where workspace_id = ${workspaceId} and number = ${number}`),
        )
      return {
        ...{ backend, workspaceId, viewer, admin, ticketId },
        store: storeInto(db, backend, { cleaner }),
        async timeline(number: string, args: object = {}, token = admin): Promise<Timeline> {
          const { timeline } = await ask<{ timeline: Timeline }>(token, document, {
            id: await ticketId(number),
            ...args,
          })
          return timeline
        },
        /** Runs a mutation that may not fail. */
        async run<Result = { undoToken?: string }>(
          name: string,
          type: string,
          input: object,
          token = admin,
        ): Promise<Result> {
          const query = `mutation ($input: ${type}!) { ${name}(input: $input) { errors { code message } ${name === 'ticketMerge' ? 'undoToken' : ''} } }`
          const { errors, ...result } = await ask<{ errors: object[] }>(token, query, { input })
          if (errors.length > 0) throw new Error(JSON.stringify(errors))
          return result as Result
        },
      }
    },
  }
}
