/** A plain request is answered on a short road, everything else on a long one; nobody can tell from the answer which it was. */
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { getIntrospectionQuery } from 'graphql'
import { afterAll, expect, test } from 'vitest'
import { usualLimits } from '#platform/limits/limits.ts'
import { openPersisted } from '#platform/limits/persisted.ts'
import { openLog } from '#platform/log.ts'
import { openDesk } from '../limits/desk.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeWorkspace } from '../support/gateway.ts'

const { db } = await createTestDatabase()
const workspaceId = await makeWorkspace(db)

type Line = Record<string, unknown> & { msg: string }
type Options = Parameters<typeof openDesk>[1]

/** The same gateway twice, with a log each. */
async function roads(options: Options = {}) {
  const open = async (shortRoad: boolean) => {
    const lines: Line[] = []
    const log = openLog({ level: 'info', to: { write: (line) => void lines.push(JSON.parse(line)) } })
    const desk = await openDesk(db, { ...options, workspaceId, log, shortRoad })
    afterAll(() => desk.close())
    return { ...desk, lines }
  }
  return { short: await open(true), long: await open(false) }
}

const known = 'query Known { viewer { role } }'
const documents = new Map([['known', known]])
const log = { info() {} }
const limits = { ...usualLimits, depth: 4, nodes: 500 }
const broken = {
  ...db,
  select: () => {
    throw new Error('secret of the house')
  },
} as unknown as typeof db
const gateways = {
  usual: await roads({ limits }),
  closed: await roads({ introspection: false, allowedOrigins: ['https://console.example'] }),
  audited: await roads({ persisted: openPersisted({ mode: 'audit', documents, log }) }),
  broken: await roads({ dbOf: () => broken }),
  known: await roads({ persisted: openPersisted({ mode: 'only', documents, log }) }),
}

type Case = {
  at?: keyof typeof gateways
  body: unknown
  headers?: Record<string, string>
  /** Whether the short road takes it as far as its answer. */
  isShort?: boolean
}
const names = '{ __typename viewer { role } }'
const create = (name: string) => `mutation Create { tagCreate(input: { name: "${name}" }) { errors { message } } }`
const two = 'query One { viewer { role } } query Two { viewer { tokenName } }'
const ofTicket = 'query Ticket($id: ID!, $with: Boolean = true) { ticket(id: $id) { id subject @include(if: $with) } }'
const missing = Buffer.from('Ticket:0190c3a8-5c65-7d10-8c5e-46e47e23e65c').toString('base64url')
const accept = (value: string) => ({ accept: value })

const cases: Record<string, Case> = {
  'a query': { body: { query: names }, isShort: true },
  'a name, nothing, and no variables': {
    ...{ body: { query: two, operationName: 'Two', variables: null, extensions: {} }, isShort: true },
  },
  variables: { body: { query: ofTicket, variables: { id: missing, with: false } }, isShort: true },
  'a list': { body: { query: '{ tickets(first: 3) { nodes { id } totalCount } }' }, isShort: true },
  'its own price': { body: { query: '{ rateLimit { cost nodeCount } viewer { role } }' }, isShort: true },
  'a dry run': { body: { query: '{ rateLimit(dryRun: true) { cost } tickets { totalCount } }' }, isShort: true },
  'a mutation that fails in words': { body: { query: create('') }, isShort: true },
  introspection: { body: { query: '{ __schema { queryType { name } } }' }, isShort: true },
  'GraphiQL asks': { body: { query: getIntrospectionQuery() } },
  'introspection where it is off': { at: 'closed', body: { query: '{ __schema { queryType { name } } }' } },
  'a typing error': { body: { query: '{ viewr { role } }' } },
  'a typing error without suggestions': { at: 'closed', body: { query: '{ viewr { role } }' } },
  'a wrong enum in variables, without suggestions': {
    at: 'closed',
    body: {
      query: 'query ($s: TicketStatus!) { tickets(filter: { status: [$s] }) { totalCount } }',
      variables: { s: 'NEWW' },
    },
  },
  'a syntax error': { body: { query: '{ viewer {' } },
  'a syntax error, told by the newer type': {
    ...{ body: { query: '{ viewer {' }, headers: accept('application/graphql-response+json') },
  },
  'a validation error, told by the newer type': {
    ...{ body: { query: '{ nothing }' }, headers: accept('application/graphql-response+json') },
  },
  'an empty document': { body: { query: '' } },
  'only a fragment': { body: { query: 'fragment F on Query { __typename }' } },
  'an unknown operation': { body: { query: two, operationName: 'Three' } },
  'no name among two': { body: { query: two } },
  'a name that is none': { body: { query: names, operationName: 5 } },
  'an empty name': { body: { query: names, operationName: '' } },
  'too deep': { body: { query: '{ tickets { nodes { messages { nodes { sender { id } } } } } }' } },
  'too large': { body: { query: '{ tickets(first: 100) { nodes { messages(first: 100) { nodes { id } } } } }' } },
  'too large a page': { body: { query: '{ tickets(first: 1000) { totalCount } }' } },
  'two mutations': { body: { query: 'mutation { a: __typename b: __typename }' } },
  'a variable that is missing': { body: { query: ofTicket } },
  'a variable of the wrong type': { body: { query: ofTicket, variables: { id: { a: 1 } } } },
  'a wrong id': { body: { query: ofTicket, variables: { id: 'nonsense' } }, isShort: true },
  'an error in a field': {
    ...{ body: { query: '{ tickets(after: "nonsense") { totalCount nodes { id } } viewer { role } }' } },
  },
  'the same by the newer type': {
    body: { query: '{ tickets(after: "nonsense") { totalCount nodes { id } } viewer { role } }' },
    headers: accept('application/graphql-response+json'),
  },
  'NUL in a text': { body: { query: create('a\\u0000b') }, isShort: true },
  'a failure of ours': { at: 'broken', body: { query: '{ viewer { role } backends { id } }' } },
  'a failure of ours, told by the newer type': {
    ...{ at: 'broken', body: { query: '{ backends { id } }' }, headers: accept('application/graphql-response+json') },
  },
  'variables in a list': { body: { query: names, variables: [] } },
  'variables as text': { body: { query: names, variables: '{}' } },
  'variables that are nested': {
    body: { query: names, variables: JSON.parse(`{"a":${'['.repeat(70)}${']'.repeat(70)}}`) },
  },
  'extensions in a list': { body: { query: names, extensions: [] } },
  'a parameter too many': { body: { query: names, more: 1 } },
  'a parameter too many that is nothing': { body: { query: names, more: null } },
  'no query': { body: {} },
  'null as query': { body: { query: null } },
  'a number as query': { body: { query: 1 } },
  'two at once': { body: [{ query: names }, { query: names }] },
  'a subscription': {
    body: { query: 'subscription { ticketEvents { __typename } }' },
    headers: accept('application/json'),
  },
  'broken JSON': { body: '{"query": ' },
  'nothing at all': { body: '' },
  'a body that is too big': { body: { query: names, variables: { text: 'x'.repeat(1024 * 1024) } } },
  'a packed body': { body: gzipSync(JSON.stringify({ query: names })), headers: { 'content-encoding': 'gzip' } },
  'a charset': {
    ...{ body: { query: names }, headers: { 'content-type': 'application/json; charset=UTF-8' }, isShort: true },
  },
  'another charset': { body: { query: names }, headers: { 'content-type': 'application/json; charset=latin1' } },
  'another type': { body: names, headers: { 'content-type': 'application/graphql' } },
  'the newer type': {
    ...{
      body: { query: names },
      headers: accept('application/graphql-response+json, application/json'),
      isShort: true,
    },
  },
  'any type': { body: { query: names }, headers: accept('*/*'), isShort: true },
  'any type of applications': { body: { query: names }, headers: accept('application/*,text/html'), isShort: true },
  'a type with a weight': { body: { query: names }, headers: accept('application/json;q=0.9, */*;q=0.1') },
  'a type in another charset': { body: { query: names }, headers: accept('application/json; charset=latin1') },
  'a web page': { body: { query: names }, headers: accept('text/html') },
  'no type': { body: { query: names }, headers: accept('') },
  'a stream': { body: { query: names }, headers: accept('text/event-stream') },
  'a stream, or JSON': { body: { query: names }, headers: accept('text/event-stream, application/json') },
  parts: { body: { query: names }, headers: accept('multipart/mixed, application/json') },
  'no token': { body: { query: names }, headers: { authorization: '' } },
  'a wrong token': { body: { query: names }, headers: { authorization: 'Bearer wrong' } },
  'a customer': { body: { query: names }, headers: { authorization: 'Bearer CONTACT' }, isShort: true },
  'what a customer may not': {
    ...{ body: { query: create('x') }, headers: { authorization: 'Bearer CONTACT' }, isShort: true },
  },
  'a page of ours': {
    at: 'closed',
    body: { query: names },
    headers: { origin: 'https://console.example' },
    isShort: true,
  },
  'a page of others': { at: 'closed', body: { query: names }, headers: { origin: 'https://evil.example' } },
  'behind TLS': { body: { query: names }, headers: { 'x-forwarded-proto': 'https' }, isShort: true },
  'a known document': { at: 'known', body: { query: known }, isShort: true },
  'a known document by its id': { at: 'known', body: { documentId: 'known' }, isShort: true },
  'a known document as Apollo asks': {
    ...{ at: 'known', body: { extensions: { persistedQuery: { version: 1, sha256Hash: 'known' } } }, isShort: true },
  },
  'an unknown id': { at: 'known', body: { documentId: 'unknown' } },
  'an unknown document': { at: 'known', body: { query: names } },
  'an unknown document where it is only noted': { at: 'audited', body: { query: names }, isShort: true },
}

type Answer = { status: number | undefined; headers: Record<string, unknown>; text: string; isShort: boolean }

function send(url: string, { body, headers = {} }: Case, id: string): Promise<Answer> {
  const content = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const usual = { authorization: 'Bearer ADMIN', 'content-type': 'application/json', 'x-request-id': id }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers: { ...usual, ...headers }, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => {
        const { date: _, 'ratelimit-reset': __, ...told } = response.headers
        // The long road writes some names with capitals.
        const isShort = response.statusCode === 200 && response.rawHeaders.includes('content-type')
        resolve({ status: response.statusCode, headers: told, text, isShort })
      })
    })
    asked.on('error', reject)
    asked.end(content)
  })
}

async function lineOf(lines: Line[], id: string): Promise<Line> {
  for (;;) {
    const line = lines.find(({ requestId, msg }) => requestId === id && msg === 'request')
    if (line) return { ...line, time: 0, durationMs: 0 }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

test.each(Object.entries(cases))('%s', async (name, asked) => {
  const { short, long } = gateways[asked.at ?? 'usual']
  const id = `the-same-${Object.keys(cases).indexOf(name)}`
  const [{ isShort, ...came }, { isShort: _, ...expected }] = [
    await send(short.url, asked, id),
    await send(long.url, asked, id),
  ]
  expect(came).toEqual(expected)
  expect(await lineOf(short.lines, id)).toEqual(await lineOf(long.lines, id))
  expect(short.lines.length).toBe(long.lines.length)
  expect(isShort).toBe(asked.isShort ?? false)
  // Whoever is let in is told what is left.
  expect('ratelimit-remaining' in came.headers).toBe(came.status !== 401 && name !== 'a page of others')
})
