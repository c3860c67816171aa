/** A help desk, its gateway, and receivers on this machine that webhooks go to. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, onTestFinished } from 'vitest'
import { startCaller } from '#flows/calling/caller.ts'
import type { Calling } from '#flows/calling/calling.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { type Scope, usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { openWaker } from '#platform/jobs/waker.ts'
import { usualLimits } from '#platform/limits/limits.ts'
import { noKeys } from '#platform/sealed.ts'
import { schema } from '../../src/schema.ts'
import { givenOut } from '../changes/given-out.ts'
import { createTestDatabase, requestsOn } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { cleanerOfFile, newBackend, silent, storeInto } from '../syncing/backend.ts'

export type UserError = { __typename: string; message: string; code: string; path: string[] | null }
export type Delivery = {
  id: string
  messageId: string
  event: string
  state: string
  succeeded: boolean
  attempt: number
  httpStatus: number | null
  response: string | null
  problem: string | null
  nextAttemptAt: string | null
  cursor: string
}
export type Webhook = {
  id: string
  url: string
  isEnabled: boolean
  secretHint: string
  cursor: string
  failingSince: string | null
  problem: { kind: string; message: string } | null
  deliveries: { nodes: Delivery[]; totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string } }
}

const deliveryFields =
  'id messageId event state succeeded attempt httpStatus response problem nextAttemptAt cursor subjectId at sentAt durationMs'
const webhookFields = `id url isEnabled secretHint cursor failingSince problem { kind message }
  deliveries { totalCount nodes { ${deliveryFields} } }`

export type Request = { headers: IncomingHttpHeaders; body: string; said: Said }
export type Said = {
  type: string
  timestamp: string
  cursor: string
  workspaceId: string
  webhookId: string
  data: Record<string, unknown>
}
export type Reply = { status?: number; headers?: Record<string, string>; body?: string }

/** Call it at the top level of a test file. */
export async function openDesks(given: Partial<Pick<Calling, 'secretKeys' | 'localAddresses'>> = {}) {
  const { secretKeys = noKeys, localAddresses = true } = given
  const database = await createTestDatabase()
  const { db } = database
  const cleaner = cleanerOfFile()
  const viewers = new Map<string, Viewer>()
  const gone = new Set<string>()
  const gateway = await openTestGateway(db, {
    authenticate: (token) => viewers.get(token ?? '') ?? null,
    webhooks: { secretKeys, localAddresses },
  })
  afterAll(() => gateway.close())

  async function ask<Result>(token: string, query: string, variables: object = {}): Promise<Result> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    const { data, errors } = (await response.json()) as { data: object; errors?: object[] }
    if (errors) throw new Error(JSON.stringify(errors))
    return Object.values(data)[0] as Result
  }

  const callingOf = (workspaceId: string, more: Partial<Calling> = {}): Calling => ({
    ...{ db, dbOf: requestsOn(db), log: silent, cleaner, workspaceIds: [workspaceId], secretKeys },
    ...{ localAddresses: true, limits: usualLimits, schemaOf: async () => schema, waker: openWaker() },
    rightsOf: (_workspaceId, tokenName) => (gone.has(tokenName) ? null : 'KEPT'),
    ...more,
  })

  async function newDesk() {
    const backend = await newBackend(db, 'chatwoot')
    const { workspaceId } = backend
    const viewer = (said: Partial<Viewer> & { without?: Scope } = {}) => {
      const { without, ...rest } = said
      const token: string = randomUUID()
      const scopes = new Set([...usualScopes(said.role ?? 'ADMIN')].filter((scope) => scope !== without))
      viewers.set(token, { workspaceId, actorId: null, role: 'ADMIN', scopes, tokenName: token, ...rest })
      return token
    }
    const admin = viewer()
    const calling = callingOf(workspaceId)

    async function run<Result = object>(name: string, type: string, fields: string, input: object, token = admin) {
      const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} errors { __typename message code path } } }`
      return ask<Result & { errors: UserError[] }>(token, query, { input })
    }
    type Saved = { webhook: Webhook | null; secret: string | null }
    const webhook = (id: string, token = admin) =>
      ask<Webhook>(token, `query ($id: ID!) { node(id: $id) { ... on Webhook { ${webhookFields} } } }`, { id })

    return {
      ...{ backend, workspaceId, viewer, admin, calling, run, webhook },
      ask: <Result>(query: string, variables: object = {}, token = admin) => ask<Result>(token, query, variables),
      store: storeInto(db, backend, { cleaner }),
      callingOf: (more: Partial<Calling>) => callingOf(workspaceId, more),
      save: (input: object, token = admin) =>
        run<Saved>('webhookSave', 'WebhookSaveInput', `webhook { ${webhookFields} } secret`, input, token),
      /** One that has to work, and is told nothing of before: a new one begins where the log is held back. */
      async listen(url: string, input: object = {}, token = admin) {
        await givenOut(db, workspaceId)
        const { webhook: made, secret, errors } = await this.save({ url, events: ['TICKET_UPDATED'], ...input }, token)
        if (!made || !secret) throw new Error(JSON.stringify(errors))
        return { ...made, secret }
      },
      act: <Result = object>(name: string, id: string, fields: string) =>
        run<Result>(name, 'NodeActionInput', fields, { id }),
      /** Changes a ticket. */
      async update(ticketId: string, patch: object = { priority: 'HIGH' }, said: object = {}) {
        const { errors } = await run('ticketUpdate', 'TicketUpdateInput', '__typename', {
          id: ticketId,
          patch,
          ...said,
        })
        if (errors.length > 0) throw new Error(JSON.stringify(errors))
      },
      recycle: (ticketId: string) => run('ticketRecycle', 'TicketActionInput', '__typename', { id: ticketId }),
      async ticketId(number: string) {
        const { rows } = await db.execute<{ id: string }>(
          sql`select id from tickets where workspace_id = ${workspaceId} and number = ${number}`,
        )
        return nodeIdOf('Ticket', rows[0]?.id as string)
      },
      /** A worker of its own, until the test ends; `wake` it, or wait a second. */
      worker(more: Calling = calling) {
        const caller = startCaller({ calling: more })
        onTestFinished(() => caller.stop())
        return caller
      },
      async deliveries(id: string) {
        return (await webhook(id)).deliveries.nodes
      },
      /** As if that time had passed for what waits. */
      async later(interval = '2 days') {
        await db.execute(
          sql.raw(`update webhook_deliveries set next_attempt_at = next_attempt_at - interval '${interval}',
          lease_until = lease_until - interval '${interval}' where workspace_id = '${workspaceId}' and state = 'WAITING'`),
        )
        calling.waker.wake()
      },
    }
  }
  return { ...database, ask, newDesk, gone }
}

/** A server that takes requests and answers as it is told. */
export async function openReceiver(reply: (request: Request, count: number) => Reply | Promise<Reply> = () => ({})) {
  const requests: Request[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part) => {
      body += part
    })
    request.once('end', async () => {
      const got = { headers: request.headers, body, said: JSON.parse(body) as Said }
      requests.push(got)
      const { status = 204, headers = {}, body: text = '' } = await reply(got, requests.length)
      response.writeHead(status, headers).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    types: () => requests.map(({ said }) => said.type),
    /** Waits for so many requests, and a little longer for one too many. */
    async got(count: number): Promise<Request[]> {
      await until(
        () => requests.length >= count,
        () => `${requests.length} of ${count} requests came`,
      )
      await sleep(30)
      return requests
    },
  }
}

export async function until(isSo: () => boolean | Promise<boolean>, said = () => 'it did not happen'): Promise<void> {
  for (const startedAt = Date.now(); !(await isSo()); await sleep(10))
    if (Date.now() - startedAt > 8_000) throw new Error(said())
}
