/**
 * After copies, writes, failures and refusals of all five help desks no credential is anywhere in the database, nor in the
 * log at its finest, nor in an answer: also where a help desk repeats in its refusals whatever it was given.
 */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { secretsIn } from '#connectors/secret-settings.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { openSyncing } from '#flows/sync/syncing.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { openLog } from '#platform/log.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { serveBuiltIn } from '../support/served.ts'

const lines: string[] = []
const log = openLog({ level: 'trace', to: { write: (line) => void lines.push(line) } })
const served = await serveBuiltIn({ log })
const { ask, db } = served
/** Credentials that were configured, and those the help desks gave us for a while. */
const secrets = new Set(
  served.backends.flatMap(({ connector, settings }) =>
    secretsIn(connector.settings, settings).map(({ value }) => value),
  ),
)
const configuredCount = secrets.size

/** A proxy that lets us sign in, and then refuses everything with all that it was told. */
const origins = new Map<string, string>()
const statuses = [400, 401, 500, 403, 200, 422]
let refused = 0
async function echoOf(origin: string): Promise<string> {
  const known = origins.get(origin)
  if (known) return known
  const server = createServer((request, response) => void echo(origin, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => void server.close().closeAllConnections())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  origins.set(origin, address)
  return address
}

async function echo(origin: string, request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  if (/oauth\/token|api\/authenticate/.test(request.url ?? '')) return signIn(origin, { request, body, response })
  for (const [name, value] of Object.entries(request.headers))
    if (/auth|token|key|secret/i.test(name)) secrets.add(/(?<=Signature=)\w+|\S+$/.exec(String(value))?.[0] ?? '')
  // Messages are cut short, so what matters comes first: the words that a write sent, the credentials that a read was asked with.
  const given = [String(body), JSON.stringify(request.headers)]
  const told = `refused ${request.url} ${(request.method === 'GET' ? given.toReversed() : given).join(' ')}`
  const words = { message: told, Message: told, error: told, detail: told, error_description: told, userMessage: told }
  refused += 1
  response.writeHead(statuses[refused % statuses.length] as number, { 'content-type': 'application/json' })
  if (refused % 5 === 0) return response.end(told)
  const onebox = { _meta: { status: 'ERROR' }, records: { errorCode: 400, userMessage: told } }
  response.end(
    JSON.stringify({ ...words, ...onebox, Success: false, Code: 'Refused', success: false, errors: [words] }),
  )
}

type Passed = { request: IncomingMessage; body: Buffer; response: ServerResponse }
function signIn(origin: string, { request, body, response }: Passed) {
  const { method = 'POST', headers, url = '/' } = request
  const passed = send(
    new URL(url, origin),
    { method, headers: { ...headers, host: new URL(origin).host } },
    (answer) => {
      answer.setEncoding('utf8').on('data', (text: string) => {
        for (const [, token = ''] of text.matchAll(/"(?:access_|refresh_)?token": ?"([^"]{8,})"/g)) secrets.add(token)
      })
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    },
  )
  passed.end(body)
}

async function echoing(settings: unknown): Promise<object> {
  const entries = Object.entries(settings as object).map(async ([name, value]) => {
    if (typeof value !== 'string' || !/^https?:/.test(value)) return [name, value]
    const { origin } = new URL(value)
    return [name, value.replace(origin, await echoOf(origin))]
  })
  return { ...Object.fromEntries(await Promise.all(entries)), timeoutMs: 1000, writeSettlesAfterMs: 0 }
}

test('the dump, the log and the answers hold no credential', async () => {
  expect(configuredCount).toBeGreaterThanOrEqual(5)
  const first = deliverDuringTest({ ...served })
  await writeEverywhere('Well delivered words')
  await first.settled()
  await first.stop() // or it would deliver what is for the next one

  const backends = await Promise.all(
    served.backends.map(async (backend) => ({ ...backend, settings: await echoing(backend.settings) })),
  )
  const syncing = openSyncing({ db, log, backends })
  afterAll(() => syncing.stop())
  const echoed = deliverDuringTest({ ...served, syncing, backends })
  await writeEverywhere('Words that were refused')
  for (let tries = 0; tries < 100 && !(await isEveryoneAnswered()); tries++) {
    echoed.wake()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  await echoed.stop()
  await Promise.all(backends.map(({ backendId }) => syncNow(syncing, backendId)))

  const { rows } = await db.execute<{ problem: object | null }>(sql`select problem from backends`)
  expect(rows.filter(({ problem }) => problem !== null)).toHaveLength(5)
  const { rows: writes } = await db.execute<{ settled: number; failed: number }>(sql`
    select count(*) filter (where state = 'SETTLED')::int as settled, count(problem)::int as failed from deliveries`)
  expect(writes).toEqual([{ settled: 5, failed: 5 }])
  const written = lines.join('')
  expect(written.split('a delivery did not go through').length).toBeGreaterThan(5)
  expect(await placesOf([...secrets])).toEqual([])
  // Should one be stored after all, it is found.
  await db.execute(sql`update backends set name = name || ${[...secrets][0]}`)
  expect(await placesOf([...secrets])).toEqual(['public.backends'])

  expect([...secrets].filter((secret) => written.includes(secret))).toEqual([])
  // Nor what people wrote.
  expect(written.split('[what was sent]').length).toBeGreaterThan(1)
  expect(lines.filter((line) => line.includes('Words that were refused'))).toEqual([])
  expect(written.includes('Well delivered words')).toBe(false)
  const shown = JSON.stringify(
    await ask(
      `{ backends { healthMessage problem { message } } deliveries(first: 100) { nodes { error { message } } } }`,
    ),
  )
  expect(shown.includes('[secret]')).toBe(true)
  expect([...secrets].filter((secret) => shown.includes(secret))).toEqual([])
})

/** A reply on a ticket of each help desk. */
async function writeEverywhere(text: string) {
  const { rows } = await db.execute<{ id: string }>(sql`
    select distinct on (backend_id) id from tickets where status not in ('RESOLVED', 'UNKNOWN') and not is_recycled
    order by backend_id, last_activity_at desc`)
  const document = 'mutation ($input: MessageSendInput!) { messageSend(input: $input) { errors { message } } }'
  for (const { id } of rows) {
    const entry = { type: 'REPLY_OUTBOUND', body: { text } }
    const { errors } = await ask(document, { input: { ticketId: nodeIdOf('Ticket', id), entry } })
    if (errors) throw new Error(JSON.stringify(errors))
  }
}

async function isEveryoneAnswered(): Promise<boolean> {
  const { rows } = await db.execute(sql`select from deliveries where state = 'QUEUED' and problem is null`)
  return rows.length === 0
}

/** Tables with a row that holds one of these texts, whichever the column. */
async function placesOf(texts: string[]): Promise<string[]> {
  const { rows: tables } = await db.execute<{ schema: string; name: string }>(sql`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`)
  expect(tables.map(({ schema }) => schema)).toContain('graphile_worker')
  const found: string[] = []
  for (const { schema, name } of tables) {
    const { rowCount } = await db.execute(sql`
      select from ${sql.identifier(schema)}.${sql.identifier(name)} as line
      where exists (select from unnest(${sql.param(texts)}::text[]) as secret where strpos(line::text, secret) > 0) limit 1`)
    if (rowCount) found.push(`${schema}.${name}`)
  }
  return found
}
