/**
 * What other processes have just done, heard through Postgres itself: LISTEN on a connection of its own. It is a hint to
 * look at once and nothing more. Whoever waits for something also looks now and then, since a hint may be lost.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import type { Db } from '#platform/db/client.ts'
import type { Log } from '#platform/log.ts'

export type Wakes = {
  /** Calls back when something of this topic happened in a workspace, and when hints may have been lost. Returns what ends it. */
  on(workspaceId: string, topic: string, listener: Listener): () => void
  close(): Promise<void>
}

/** `detail` is what `tell` was given; null where it is not known what happened. */
type Listener = (detail: string | null) => void

export type WakesOptions = { connectionString: string; log: Pick<Log, 'warn'> }

const CHANNEL = 'deskgraph'
const CONNECT_AGAIN_MS = [50, 100, 250, 500, 1000]
/** A connection that is dead without knowing is found by this. */
const PROBE_EVERY_MS = 5_000
const PATIENCE_MS = 2_000
const LAST_WORDS_MS = 500

/** Tells every gateway, when the transaction commits. `detail` must be short: a notification holds 8,000 bytes. */
export async function tell(db: Db, { workspaceId, topic, detail = '' }: Told): Promise<void> {
  await db.execute(sql`select pg_notify(${CHANNEL}, ${`${workspaceId} ${topic}${detail === '' ? '' : ` ${detail}`}`})`)
}
type Told = { workspaceId: string; topic: string; detail?: string }

/** Connects when somebody first listens, and stays connected. */
export function openWakes({ connectionString, log }: WakesOptions): Wakes {
  const listeners = new Map<string, Set<Listener>>()
  const ending = new AbortController()
  let listening: Promise<void> | undefined

  async function listen() {
    for (let failures = 0; !ending.signal.aborted; failures++) {
      const client = new pg.Client({
        ...{ connectionString, application_name: 'deskgraph wakes', keepAlive: true },
        ...{ connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS },
      })
      try {
        const broken = new Promise<Error>((resolve) => {
          client.on('error', resolve)
          client.on('end', () => resolve(new Error('the connection was closed')))
        })
        client.on('notification', ({ payload = '' }) => hear(payload))
        await client.connect()
        await client.query(`listen ${CHANNEL}`)
        failures = 0
        wakeAll() // whatever happened until now was not heard
        while (!ending.signal.aborted) {
          const error = await Promise.race([broken, sleep(PROBE_EVERY_MS, null, { ref: false, signal: ending.signal })])
          if (error) throw error
          await client.query('select')
        }
      } catch (error) {
        if (!ending.signal.aborted) log.warn({ err: error }, 'what happens elsewhere is heard late: no LISTEN')
      } finally {
        // One that hangs is left to itself.
        await Promise.race([client.end().catch(() => {}), sleep(LAST_WORDS_MS, null, { ref: false })])
      }
      const waitMs = CONNECT_AGAIN_MS[Math.min(failures, CONNECT_AGAIN_MS.length - 1)]
      await sleep(waitMs, null, { ref: false, signal: ending.signal }).catch(() => {})
    }
  }

  function hear(payload: string) {
    const [workspaceId = '', topic = '', ...detail] = payload.split(' ')
    for (const listener of listeners.get(`${workspaceId} ${topic}`) ?? []) listener(detail.join(' ') || null)
  }

  function wakeAll() {
    for (const all of listeners.values()) for (const listener of all) listener(null)
  }

  return {
    on(workspaceId, topic, listener) {
      const key = `${workspaceId} ${topic}`
      const all = listeners.get(key) ?? new Set()
      listeners.set(key, all.add(listener))
      listening ??= listen()
      return () => {
        all.delete(listener)
        if (all.size === 0 && listeners.get(key) === all) listeners.delete(key)
      }
    },
    async close() {
      ending.abort()
      await listening
    },
  }
}

/** Where nobody can be heard: everything is seen a little later. */
export const deaf: Wakes = { on: () => () => {}, close: async () => {} }
