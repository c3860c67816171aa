/**
 * How long we wait for an answer of a Postgres that hangs. It is done here because of what pg's own `query_timeout` costs:
 * it hangs a query's callback in after the query is made, and then V8 keeps all rows until the next full collection.
 * Collecting took 40 % of the CPU of an inbox page (Q1) with it, and takes 4 % without.
 */
import type pg from 'pg'
import { openGathering } from '#platform/gathering.ts'

/** What this relies on of a client of pg 8.23; a test watches it. */
type Client = pg.ClientBase & {
  /** What Postgres is to answer now. */
  _activeQuery: object | null
  connection: { stream: { destroy(error: Error): void } }
}

type Watched = {
  client: Client
  patienceMs: number
  /** What it was asked when we looked last, and since when. Nothing is held that is answered meanwhile. */
  asked: WeakRef<object> | null
  sinceMs: number
}

const lookEveryMs = 100

/** A statement of this connection fails after that long, give or take a look, and the connection with it. */
export function makePatient(client: pg.ClientBase, patienceMs: number): void {
  const place = all.enter({ client: client as Client, patienceMs, asked: null, sinceMs: 0 })
  client.once('end', () => all.leave(place))
  look ??= setInterval(lookAtAll, lookEveryMs).unref()
}

/** They are looked at from time to time: whatever was done for each statement would cost more than its look-up here. */
const all = openGathering<Watched>()
let look: NodeJS.Timeout | null = null

function lookAtAll(): void {
  const nowMs = performance.now()
  for (const watched of all.all()) lookAt(watched, nowMs)
  if (all.size > 0 || !look) return
  clearInterval(look)
  look = null
}

function lookAt(watched: Watched, nowMs: number): void {
  const { client, patienceMs, asked, sinceMs } = watched
  const { _activeQuery: active } = client
  if (!active || asked?.deref() !== active) {
    watched.asked = active ? new WeakRef(active) : null
    watched.sinceMs = nowMs
  } else if (nowMs - sinceMs >= patienceMs - lookEveryMs) {
    // Fails the statement, and whatever comes yet is no answer to the next one.
    client.connection.stream.destroy(new Error(`Postgres has not answered for ${patienceMs} ms`))
  }
}
