/** The same over WebSocket, with the client of graphql-ws. */
import { type Client, createClient } from 'graphql-ws'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { openLog } from '#platform/log.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeWorkspace, openTestGateway } from '../support/gateway.ts'
import { openDesk } from './desk.ts'

const { db, connectionString } = await createTestDatabase()
const wakes = openWakes({ connectionString, log: openLog({ level: 'silent' }) })
const workspaceId = await makeWorkspace(db)
const viewers = new Map<string, Viewer>()
const gatewayOptions = { workspaceId, wakes, authenticate: (token: string | null) => viewers.get(token ?? '') ?? null }
const gateway = await openTestGateway(db, gatewayOptions)
const desk = await openDesk(db, workspaceId)
afterAll(async () => {
  await gateway.close()
  await wakes.close()
})

function sign(tokenName: string, more: Partial<Viewer> = {}): string {
  viewers.set(tokenName, {
    ...{ workspaceId, actorId: null, role: 'ADMIN', scopes: usualScopes('ADMIN'), tokenName, ...more },
  })
  return tokenName
}

const url = (address = gateway.url) => address.replace('http', 'ws')

function connect(
  token: string | null,
  address = url(),
  headers = {},
): Client & { closed: Promise<{ code: number; reason: string }> } {
  const { promise: closed, resolve } = Promise.withResolvers<{ code: number; reason: string }>()
  class Socket extends WebSocket {
    constructor(to: string, protocols: string) {
      super(to, protocols, { headers })
    }
  }
  const client = createClient({
    url: address,
    webSocketImpl: Socket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
    ...(token !== null && { connectionParams: { authorization: `Bearer ${token}` } }),
    on: { closed: (event) => resolve(event as { code: number; reason: string }) },
  })
  onTestFinished(async () => {
    await client.dispose()
  })
  return { ...client, closed }
}

async function answersOf(client: Client, query: string, count: number, variables = {}) {
  const answers: unknown[] = []
  for await (const answer of client.iterate({ query, variables })) {
    answers.push(answer)
    if (answers.length === count) break
  }
  return answers
}

test('a stream, a query and a mutation go over one socket', async () => {
  const client = connect(sign('all'))
  const stream = client.iterate<{ ticketEvents: { isInSelection: boolean } }>({
    query: 'subscription { ticketEvents { __typename ... on TicketEvent { isInSelection ticket { subject } } } }',
  })
  const first = stream.next()
  const [page] = await answersOf(client, '{ tickets { totalCount } changes { nextCursor } }', 1)
  expect(page).toMatchObject({ data: { tickets: { totalCount: 0 } } })
  await desk.ticket({ subject: 'Heard' })
  expect((await first).value).toEqual({
    data: { ticketEvents: { __typename: 'TicketEvent', isInSelection: true, ticket: { subject: 'Heard' } } },
  })
  const [refused] = await answersOf(
    client,
    'mutation { ticketFollow(input: { id: "x", follow: true }) { errors { code } } }',
    1,
  )
  expect(refused).toMatchObject({ data: { ticketFollow: { errors: [{ code: expect.any(String) }] } } })
})

test('who is not signed in, or comes from a foreign page, gets no socket', async () => {
  expect(await connect('garbage').closed).toMatchObject({ code: 4401 })
  expect(await connect(null).closed).toMatchObject({ code: 4401 })
  const page = connect(sign('page'), url(), { origin: 'https://evil.example' })
  expect(await page.closed).toMatchObject({ code: 1006 })
  const other = connect(sign('page'), url().replace('/graphql', '/elsewhere'))
  expect(await other.closed).toMatchObject({ code: 1006 })
})

test('what is wrong with a document is said, and limits hold', async () => {
  const client = connect(sign('limits'))
  await expect(answersOf(client, '{ nothing }', 1)).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  const deep = `{ tickets { nodes ${'{ requester { ... on Contact { tickets { nodes '.repeat(5)} { id } ${'} } } }'.repeat(5)} } }`
  await expect(answersOf(client, deep, 1)).rejects.toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }])
})

test('a gateway that goes ends its streams and says so', async () => {
  const going = await openTestGateway(db, gatewayOptions)
  const client = connect(sign('going'), url(going.url))
  const stream = client.iterate({ query: 'subscription { ticketEvents { __typename } }' })
  const first = stream.next()
  await answersOf(client, '{ __typename }', 1)
  const startedAt = Date.now()
  await going.close()
  expect(await first).toMatchObject({ done: true })
  expect(await client.closed).toMatchObject({ code: 1012 })
  expect(Date.now() - startedAt).toBeLessThan(3_000)
})

test('the scopes of a subscription are asked before it begins', async () => {
  const scopes = new Set([...usualScopes('ADMIN')].filter((scope) => scope !== 'TICKETS_READ'))
  const client = connect(sign('narrow', { scopes }))
  const [answer] = await answersOf(client, 'subscription { ticketEvents { __typename } }', 1)
  expect(answer).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN', missingScopes: ['TICKETS_READ'] } }] })
})

test('what comes to nothing gives its slot back: an operation that is not in the document, a client that leaves early', async () => {
  const narrow = await openTestGateway(db, { ...gatewayOptions, requestsAtOnce: 1 })
  onTestFinished(() => narrow.close())
  const token = sign('slots')
  const client = connect(token, url(narrow.url))
  const unknown = client.iterate({ query: 'query One { __typename }', operationName: 'Two' })
  await expect(unknown.next()).rejects.toMatchObject([{ message: expect.stringContaining('operation') }])
  const hasLeft = Promise.withResolvers<void>()
  const leaving = new WebSocket(url(narrow.url), 'graphql-transport-ws')
  const send = (message: object) => leaving.send(JSON.stringify(message))
  leaving.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  leaving.on('message', () => {
    const query = 'subscription { ticketEvents { __typename } }'
    send({ type: 'subscribe', id: '1', payload: { query } })
    leaving.close()
  })
  leaving.on('close', () => hasLeft.resolve())
  await hasLeft.promise
  expect(await answersOf(client, '{ __typename }', 1)).toMatchObject([{ data: { __typename: 'Query' } }])
})
