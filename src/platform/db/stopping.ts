/**
 * Statements of a request that is over are ended in Postgres too: it would work on for nobody. A request says once that
 * it may be stopped; every statement it starts then knows, wherever in the resolvers that is.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** Ends the statement that a connection runs; the connection is given away, or a late end would hit the next statement. */
export type Canceller = { cancel(processId: number): Promise<void> }

/** A request, while it runs. */
export type Stoppable = {
  /** Why it was stopped; null while it goes on. */
  reason: Error | null
  statements: Set<RunningStatement>
}

type RunningStatement = { stop(reason: Error): void }
type Callback = (error: Error | null, result?: unknown) => void

const running = new AsyncLocalStorage<Stoppable>()

export const stoppable = (): Stoppable => ({ reason: null, statements: new Set() })

/** Every statement that `work` sends to a pool with a canceller can be ended by `stop`; not those of transactions. */
export function runStoppable<Result>(request: Stoppable, work: () => Result): Result {
  return running.run(request, work)
}

/** Fails the request's statements with the reason, now and later, and ends those under way. */
export function stop(request: Stoppable, reason: Error): void {
  request.reason ??= reason
  for (const statement of request.statements) statement.stop(reason)
}

/** Calls back when the request under way is stopped, at once where it was before. @returns what takes that back. */
export function onStop(listener: (reason: Error) => void): () => void {
  const request = running.getStore()
  if (request?.reason) listener(request.reason)
  const statement: RunningStatement = { stop: listener }
  request?.statements.add(statement)
  return () => void request?.statements.delete(statement)
}

const CANCEL_AGAIN_MS = 100
const CANCEL_ATTEMPTS = 10

/** What a connection has to do before a statement. */
type Prepare = (client: pg.PoolClient) => Promise<unknown>

/** Makes what stoppable requests ask of the pool stoppable; all else stays as it is. */
export function makeStoppable(pool: pg.Pool, canceller: Canceller): void {
  const ordinary = pool.query as (...given: unknown[]) => unknown
  pool.query = function query(...given: unknown[]) {
    return stoppableQuery(pool, canceller, given) ?? ordinary.apply(pool, given)
  } as typeof pool.query
}

/** Null outside of requests that may be stopped. */
export function stoppableQuery(
  pool: pg.Pool,
  canceller: Canceller,
  given: unknown[],
  prepare?: Prepare,
): Promise<unknown> | null {
  const request = running.getStore()
  return request ? run(pool, canceller, request, { given, prepare }) : null
}

function run(
  pool: pg.Pool,
  canceller: Canceller,
  request: Stoppable,
  { given, prepare }: { given: unknown[]; prepare: Prepare | undefined },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (request.reason) return reject(request.reason)
    pool.connect((connectError, client, release) => {
      if (connectError || !client) return reject(connectError)
      if (request.reason) {
        release()
        return reject(request.reason)
      }
      let isOver = false
      let isStopped = false
      const statement = {
        stop(reason: Error) {
          isStopped = true
          reject(reason)
          void endStatement(canceller, client, () => isOver).then(() => settle())
        },
      }
      /** Given away after any failure, as pg itself does, and when an end may still be on its way to it. */
      function settle(error?: Error | null) {
        if (isOver) return
        isOver = true
        request.statements.delete(statement)
        release(error ?? isStopped)
      }
      const onError = (error: Error) => {
        settle(error)
        reject(error)
      }
      const onDone: Callback = (error, result) => {
        settle(error)
        if (error) reject(error)
        else resolve(result)
      }
      request.statements.add(statement)
      const begin = () => {
        if (isStopped) return settle()
        const [text, values] = given
        try {
          ;(client.query as (text: unknown, values: unknown, done: Callback) => void)(text, values, onDone)
        } catch (error) {
          onError(error as Error)
        }
      }
      if (prepare) prepare(client).then(begin, onError)
      else begin()
    })
  })
}

/** Again and again: an end that arrives before the statement does ends nothing. */
async function endStatement(canceller: Canceller, client: pg.PoolClient, isOver: () => boolean) {
  const { processID } = client as pg.PoolClient & { processID: number }
  for (let attempt = 0; attempt < CANCEL_ATTEMPTS && !isOver(); attempt++) {
    // A control that fails is a Postgres that does not answer: the connection is given away all the same.
    await canceller.cancel(processID).catch(() => {})
    if (!isOver()) await sleep(CANCEL_AGAIN_MS, null, { ref: false })
  }
}
