/** What a process that copies backends holds: their sessions (and with them tokens), the HTML cleaner, and a way to stop. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connector, Session } from '#connectors/contract.ts'
import type { Db } from '#platform/db/client.ts'
import type { Log } from '#platform/log.ts'
import { type HtmlCleaner, openHtmlCleaner } from '#platform/richtext/clean-html.ts'

/** One backend of the configuration, with the ids it has in Postgres (see `registerBackends`). */
export type SyncedBackend = {
  workspaceId: string
  /** Where there are several. */
  workspaceKey?: string
  backendId: string
  key: string
  connector: Connector
  settings: unknown
  syncEverySeconds?: number
  fullSyncEverySeconds?: number
}

export type Syncing = {
  db: Db
  log: Log
  cleaner: HtmlCleaner
  now(): Date
  backendOf(backendId: string): SyncedBackend | null
  /** Opened when first asked for, then kept. @throws Error for a backend that is not configured here. */
  sessionOf(backendId: string): Session
  /** Fires when the process is stopping. */
  stopping: AbortSignal
  /** Keeps `stop` waiting for a run. */
  track<Result>(run: Promise<Result>): Promise<Result>
  /** Rounds end after their page, or give it up; their leases are free within 5 s. */
  stop(): Promise<void>
}

export type SyncingOptions = {
  /** Its statements may take longer than a request's. */
  db: Db
  log: Log
  backends: SyncedBackend[]
  now?: () => Date
}

const STOP_PATIENCE_MS = 4500

export function openSyncing({ db, log, backends, now = () => new Date() }: SyncingOptions): Syncing {
  const byId = new Map(backends.map((backend) => [backend.backendId, backend]))
  const sessions = new Map<string, Session>()
  const cleaner = openHtmlCleaner()
  const stopping = new AbortController()
  const running = new Set<Promise<unknown>>()

  function sessionOf(backendId: string): Session {
    const known = sessions.get(backendId)
    if (known) return known
    const backend = byId.get(backendId)
    if (!backend) throw new Error(`backend ${backendId} is not in the configuration of this process`)
    const session = backend.connector.connect(backend.settings, { log: log.child({ backend: backend.key }), now })
    sessions.set(backendId, session)
    return session
  }

  return {
    ...{ db, log, cleaner, now, sessionOf, stopping: stopping.signal },
    backendOf: (backendId) => byId.get(backendId) ?? null,
    track(run) {
      const settled = run.then(
        () => {},
        () => {},
      )
      running.add(settled)
      void settled.then(() => running.delete(settled))
      return run
    },
    async stop() {
      stopping.abort()
      await Promise.race([Promise.all(running), sleep(STOP_PATIENCE_MS, null, { ref: false })])
      await cleaner.close()
    },
  }
}
