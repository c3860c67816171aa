/**
 * How long we wait for an answer of a Postgres that hangs. It is done here because of what pg's own `query_timeout` costs:
 * it hangs a query's callback in after the query is made, and then V8 keeps all rows until the next full collection.
 * Collecting took 40 % of the CPU of an inbox page (Q1) with it, and takes 4 % without.
 */
import type pg from 'pg'
import { openGathering } from '#platform/gathering.ts'

type Callback = (error: Error | null, result?: unknown) => void
type Query = (config: unknown, values: unknown, callback: Callback) => unknown
type Waiting = { untilMs: number; giveUp(): void }

const lookEveryMs = 100

/** Statements of this connection fail after that long, and the connection with them. */
export function makePatient(client: pg.ClientBase, patienceMs: number): void {
  const ask = client.query.bind(client) as Query
  const asked = (config: unknown, values: unknown, { settle, forget }: Waited) => {
    try {
      return ask(config, values, settle)
    } catch (error) {
      forget()
      throw error
    }
  }
  const query = (config: unknown, given: unknown, callback?: Callback): unknown => {
    if (isSubmittable(config)) return ask(config, given, callback as Callback)
    const values = typeof given === 'function' ? undefined : given
    const done = typeof given === 'function' ? (given as Callback) : callback
    if (done) return asked(config, values, giveUpAfter(patienceMs, client, done))
    return new Promise((resolve, reject) => {
      const settle: Callback = (error, result) => (error ? reject(error) : resolve(result))
      asked(config, values, giveUpAfter(patienceMs, client, settle))
    })
  }
  client.query = query as typeof client.query
}

/** A query that reads by itself, as a cursor does. */
function isSubmittable(config: unknown): boolean {
  return typeof (config as { submit?: unknown } | null)?.submit === 'function'
}

type Waited = { settle: Callback; forget(): void }

function giveUpAfter(patienceMs: number, client: pg.ClientBase, done: Callback): Waited {
  const waiting: Waiting = {
    untilMs: performance.now() + patienceMs,
    giveUp() {
      if (!all.leave(place)) return
      done(new Error(`Postgres has not answered for ${patienceMs} ms`))
      // Whatever comes yet is no answer to the next statement. What is called back then has been told.
      ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
    },
  }
  const place = all.enter(waiting)
  look ??= setInterval(giveUpLate, lookEveryMs).unref()
  return {
    settle: (error, result) => {
      if (all.leave(place)) done(error, result)
    },
    forget: () => all.leave(place),
  }
}

/** One timer for all: a statement's own would cost more than the statement's look-up here. */
const all = openGathering<Waiting>()
let look: NodeJS.Timeout | null = null

function giveUpLate(): void {
  const nowMs = performance.now()
  for (const waiting of all.all()) if (waiting.untilMs <= nowMs) waiting.giveUp()
  if (all.size > 0 || !look) return
  clearInterval(look)
  look = null
}
