/**
 * `npm run bench:overload`: what becomes of an inbox that is asked for four times as often as it can be answered. First as
 * often as sixteen clients can have it, one request after the other: that is the capacity.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { Command } from 'commander'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { ticketDatabase } from './data/database.ts'
import { measure } from './load/measure.ts'
import { drawSamples } from './load/samples.ts'
import { queries } from './queries.ts'
import { bytesOf, requestOf } from './servers/requests.ts'
import { startServer } from './servers/start.ts'

const { seconds, times } = new Command('npm run bench:overload --')
  .option('--seconds <seconds>', 'how long each load lasts', Number, 10)
  .option('--times <factor>', 'how much more than the capacity', Number, 4)
  .parse()
  .opts<{ seconds: number; times: number }>()

const query = queries[0] as (typeof queries)[0]
const LAST_ANSWERS_MS = 3000
const CONNECTIONS = 400
const folder = join(import.meta.dirname, '../.deskgraph/bench')
const settings = { shared_buffers: '512MB', max_wal_size: '8GB' }
const postgres = await startEmbeddedPostgres({ dataDirectory: folder, settings })
try {
  const connectionString = await ticketDatabase(postgres, 20_000, say)
  const server = await startServer('ours', { connectionString, profileFolder: null })
  try {
    const draw = await drawSamples({ connectionString, ourPort: server.port })
    const atCapacity = (seconds: number) => measure({ server, query, connections: 16, seconds, draw })
    await atCapacity(4)
    const capacity = await atCapacity(seconds)
    say(`at capacity    ${lineOf(capacity.requestsPerSecond, capacity.p50Ms, capacity.p99Ms)}`)

    const requests = Array.from({ length: 500 }, () => bytesOf(requestOf.ours(query, draw())))
    const perSecond = capacity.requestsPerSecond * times
    for (const connections of ['kept', 'new'] as const) {
      const load = { port: server.port, requests, perSecond, seconds, connections }
      const { accepted, refused, unanswered } = await arrive(load)
      const goodput = accepted.length / seconds
      say(
        `${times} × capacity   ${lineOf(goodput, at(accepted, 0.5), at(accepted, 0.99))}, on ${connections} connections`,
      )
      say(
        `  refused        ${lineOf(refused.length / seconds, at(refused, 0.5), at(refused, 0.99))}, not answered ${unanswered}`,
      )
      say(
        `  goodput ${Math.round((goodput / capacity.requestsPerSecond) * 100)} % of the capacity, p99 of what is answered × ${(at(accepted, 0.99) / capacity.p99Ms).toFixed(1)}`,
      )
      const after = await atCapacity(3)
      say(
        `afterwards     ${lineOf(after.requestsPerSecond, after.p50Ms, after.p99Ms)}, ${Math.round(after.rssBytes / 1e6)} MB`,
      )
    }
  } finally {
    await server.stop()
  }
} finally {
  await postgres.stop()
}

type Load = {
  port: number
  requests: Buffer[]
  perSecond: number
  seconds: number
  /** `kept`: as a proxy has them open. `new`: each request comes on one of its own. */
  connections: 'kept' | 'new'
}

/** Requests that come when they come, not when the last one was answered. */
async function arrive({ port, requests, perSecond, seconds, connections }: Load) {
  const [accepted, refused]: number[][] = [[], []]
  const idle: Socket[] = []
  const all: Socket[] = []
  let underWay = 0

  function send(request: Buffer) {
    underWay += 1
    const socket = idle.pop() ?? opened()
    const sentAtMs = performance.now()
    let text = ''
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      const length = end > 0 ? Number(/content-length: (\d+)/i.exec(text)?.[1]) : Number.NaN
      if (!(text.length >= end + 4 + length)) return
      underWay -= 1
      const latencyMs = performance.now() - sentAtMs
      if (text.startsWith('HTTP/1.1 200')) accepted?.push(latencyMs)
      else if (text.startsWith('HTTP/1.1 503')) refused?.push(latencyMs)
      else throw new Error(text.slice(0, 400))
      socket.off('data', onData)
      if (connections === 'kept') idle.push(socket)
      else socket.destroy()
    }
    socket.on('data', onData)
    socket.write(request)
  }
  function opened(): Socket {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    socket.setMaxListeners(0)
    // One that nobody used for a while is closed by the server.
    socket
      .on('error', () => {})
      .on('close', () => {
        if (idle.includes(socket)) idle.splice(idle.indexOf(socket), 1)
      })
    all.push(socket)
    return socket
  }

  if (connections === 'kept') for (let count = 0; count < CONNECTIONS; count++) idle.push(opened())
  await Promise.all(idle.map((socket) => once(socket, 'connect')))
  const startedAtMs = performance.now()
  let sent = 0
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedSeconds = (performance.now() - startedAtMs) / 1000
      if (elapsedSeconds >= seconds) {
        clearInterval(timer)
        return resolve()
      }
      for (; sent < elapsedSeconds * perSecond; sent++) send(requests[sent % requests.length] as Buffer)
    }, 1)
  })
  const deadlineMs = performance.now() + LAST_ANSWERS_MS
  while (underWay > 0 && performance.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 50))
  for (const socket of all) socket.destroy()
  return {
    accepted: (accepted ?? []).sort((a, b) => a - b),
    refused: (refused ?? []).sort((a, b) => a - b),
    unanswered: underWay,
  }
}

function at(sorted: number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

function lineOf(perSecond: number, p50Ms: number, p99Ms: number): string {
  return `${Math.round(perSecond)} a second, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
}

function say(line: unknown) {
  process.stderr.write(`${line}\n`)
}
