/** What a process that carries out deliveries works with. */
import type { Connector, Records, Session } from '#connectors/contract.ts'
import type { Db } from '#platform/db/client.ts'
import type { Waker } from '#platform/jobs/waker.ts'
import type { Log } from '#platform/log.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'

/** A help desk that this process can reach. */
export type ReachedBackend = {
  workspaceId: string
  backendId: string
  key: string
  connector: Connector
  settings: unknown
}

export type Delivering = {
  db: Db
  log: Log
  cleaner: HtmlCleaner
  now(): Date
  backends: readonly ReachedBackend[]
  sessionOf(backendId: string): Session
  /** Stores what was read of a ticket. */
  storeRead(backend: ReachedBackend, records: Records, fetchedAt: Date): Promise<unknown>
  /** The bytes of an uploaded file. */
  bytesOf(storageKey: string): Promise<Uint8Array>
  waker: Waker
  /** How long a crashed worker's delivery waits for another, and how many go to one help desk at once. */
  delivery?: { leaseMs?: number; perBackend?: number }
}

const settingsOf = new WeakMap<ReachedBackend, { writeSettlesAfterMs: number }>()

/** Every connector's settings carry it, see `commonSettings`; read once, since it is asked for every second. */
export function writingSettingsOf(backend: ReachedBackend): { writeSettlesAfterMs: number } {
  const known = settingsOf.get(backend)
  if (known) return known
  const read = backend.connector.settings.parse(backend.settings) as { writeSettlesAfterMs: number }
  settingsOf.set(backend, read)
  return read
}
