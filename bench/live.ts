/**
 * `npm run bench:live`: how soon a change is with a thousand readers of one gateway, what it costs the database, and what is
 * left in memory of readers who came and went, and of those who do not read.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type pg from 'pg'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { onDatabase, ticketDatabase } from './data/database.ts'
import { workspaceId } from './data/rows.ts'
import { bytesOf, graphqlRequest } from './servers/requests.ts'
import { type Server, startServer } from './servers/start.ts'

const { readers, changes, churn } = new Command('npm run bench:live --')
  .option('--readers <count>', 'how many read at once', Number, 1000)
  .option('--changes <count>', 'how many changes are made, ten a second', Number, 100)
  .option('--churn <count>', 'how many come and go', Number, 3000)
  .parse()
  .opts<{ readers: number; changes: number; churn: number }>()

const EVERY_MS = 100
const SELECTIONS = 50
const OPENED_AT_ONCE = 50
const document = `subscription LiveInbox($filter: TicketFilter) {
  ticketEvents(filter: $filter) {
    __typename
    ... on ChangeEvent { cursor at }
    ... on TicketEvent { changeType ticketId wasInSelection isInSelection changedFields clientMutationId
      ticket { id version subject status isUnread lastActivityAt preview assignee { __typename ... on Agent { id displayName } } } }
    ... on StreamGap { reason droppedCount resumeFrom }
  }
}`

const folder = join(import.meta.dirname, '../.deskgraph/bench')
const settings = { shared_buffers: '512MB', max_wal_size: '8GB' }
const postgres = await startEmbeddedPostgres({ dataDirectory: folder, settings })
try {
  const connectionString = await ticketDatabase(postgres, 2_000, say)
  const server = await startServer('ours', { connectionString, profileFolder: process.env.PROFILE ?? null })
  try {
    await onDatabase(connectionString, async (client) => {
      await latency(server, client, 'one selection', () => ({}))
      // Each holds all that changes.
      const until = (index: number) => new Date(Date.UTC(2100, 0, 1 + (index % SELECTIONS))).toISOString()
      await latency(server, client, `${SELECTIONS} selections`, (index) => ({ createdAt: { to: until(index) } }))
      await soak(server, client)
    })
  } finally {
    await server.stop()
  }
} finally {
  await postgres.stop()
}

/** Changes one by one, and how long each took from its commit until everybody had it. */
async function latency(server: Server, client: pg.Client, name: string, filterOf: (index: number) => object) {
  const sentAtMs: number[] = []
  const latencies: number[] = []
  const sockets = await opened(server, readers, filterOf, (text) => {
    for (const [, number] of text.matchAll(/"subject":"live (\d+)"/g))
      latencies.push(performance.now() - (sentAtMs[Number(number)] as number))
  })
  await sleep(500)
  const before = await server.usage()
  for (let number = 0; number < changes; number++) {
    const dueAtMs = performance.now() + EVERY_MS
    await change(client, `live ${number}`, () => {
      sentAtMs[number] = performance.now()
    })
    await sleep(Math.max(0, dueAtMs - performance.now()))
  }
  for (let waited = 0; latencies.length < readers * changes && waited < 100; waited++) await sleep(100)
  const after = await server.usage()
  for (const socket of sockets) socket.destroy()
  latencies.sort((a, b) => a - b)
  const statements = (after.statementCount - before.statementCount) / changes
  const cpuMs = (after.cpuMicroseconds - before.cpuMicroseconds) / 1000 / changes
  say(
    `${readers} readers, ${name}: p50 ${at(latencies, 0.5)}, p95 ${at(latencies, 0.95)}, most ${at(latencies, 0.9999)}; ` +
      `${latencies.length} of ${readers * changes} events; a change takes ${statements.toFixed(1)} statements and ${cpuMs.toFixed(0)} ms of the gateway's CPU`,
  )
}

/** Readers that come and go while tickets change, and a few that never read. */
async function soak(server: Server, client: pg.Client) {
  const round = async (count: number) => {
    const stuck = await opened(server, 5, () => ({}), null)
    let isOver = false
    const changing = (async () => {
      while (!isOver) await change(client, `soak ${'x'.repeat(20_000)}`, () => {}, 50)
    })()
    for (let left = count; left > 0; left -= OPENED_AT_ONCE) {
      const sockets = await opened(
        server,
        OPENED_AT_ONCE,
        (index) => ({ createdAt: { to: new Date(Date.UTC(2100, 0, 1 + index)) } }),
        () => {},
      )
      await sleep(20)
      for (const socket of sockets) socket.destroy()
    }
    isOver = true
    await changing
    const { rssBytes } = await server.usage()
    for (const socket of stuck) socket.destroy()
    await sleep(1_500)
    return { rssBytes, floor: await server.usage('floor') }
  }
  const warm = await round(churn / 3)
  const after = await round(churn)
  say(
    `${churn} came and went, 5 did not read: heap ${mb(warm.floor.heapBytes)} before and ${mb(after.floor.heapBytes)} afterwards, resident ${mb(warm.rssBytes)} and ${mb(after.rssBytes)}`,
  )
}

/** One transaction; `beforeCommit` is called when nothing is left but the commit. `lines`: how many lines it writes. */
async function change(client: pg.Client, subject: string, beforeCommit: () => void, lines = 1) {
  await client.query('begin')
  await client.query(
    `with one as (
      update tickets set subject = $2, version = version + 1
      where id = (select id from tickets where workspace_id = $1 and not is_spam and not is_recycled and merged_into_id is null
        and vanished_at is null order by id limit 1) returning id
    )
    insert into changes (workspace_id, ticket_id, kind, changed_fields, source)
    select $1, id, 'UPDATED', '{subject}', 'COMMAND' from one, generate_series(1, $3)`,
    [workspaceId, subject, lines],
  )
  beforeCommit()
  await client.query('commit')
}

/** Open streams; `onText` null: nothing that comes is read. */
async function opened(
  { port }: Server,
  count: number,
  filterOf: (index: number) => object,
  onText: ((text: string) => void) | null,
): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let start = 0; start < count; start += OPENED_AT_ONCE) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, count - start) }, async (_, offset) => {
      const request = graphqlRequest(document, { filter: filterOf(start + offset) })
      request.headers.accept = 'text/event-stream'
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.write(bytesOf(request))
      const [head] = (await once(socket, 'data')) as [Buffer]
      if (!head.toString().startsWith('HTTP/1.1 200')) throw new Error(head.toString().slice(0, 400))
      let rest = ''
      const onData = (text: string) => {
        const whole = (rest + text).lastIndexOf('\n\n') + 2
        onText?.((rest + text).slice(0, whole))
        rest = (rest + text).slice(whole)
      }
      if (onText) socket.setEncoding('latin1').on('data', onData)
      else socket.pause()
      return socket
    })
    sockets.push(...(await Promise.all(some)))
  }
  return sockets
}

function at(sorted: number[], share: number): string {
  return `${(sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(0)} ms`
}

function mb(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

function say(line: unknown) {
  process.stderr.write(`${line}\n`)
}
