/** A backend registered in the test's database, and ways to store into it and look at it. */
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, onTestFinished } from 'vitest'
import { type Connector, type Records, records } from '#connectors/contract.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { type StoreInput, storePage } from '#flows/sync/store.ts'
import { openSyncing, type SyncedBackend, type Syncing } from '#flows/sync/syncing.ts'
import type { Db } from '#platform/db/client.ts'
import { openHtmlCleaner } from '#platform/richtext/clean-html.ts'
import { minute } from './scripted.ts'

export const silent = pino({ level: 'silent' })

/** One cleaner for the file. */
export function cleanerOfFile() {
  const cleaner = openHtmlCleaner()
  afterAll(() => cleaner.close())
  return cleaner
}

let count = 0

/** A new backend in a workspace of its own. */
export async function newBackend(db: Db, vendor = 'scripted') {
  const key = `backend-${++count}`
  const [row] = await registerBackends(db, [{ workspace: { key, name: key }, key, name: key, vendor }])
  if (!row) throw new Error('not registered')
  await db.execute(sql`update backends set is_connected = true`)
  return { ...row, id: row.backendId, vendor }
}

export type TestBackend = Awaited<ReturnType<typeof newBackend>>

/** `store(page, askedAtMinute)` for a backend. */
export function storeInto(db: Db, backend: TestBackend, rest: Pick<StoreInput, 'cleaner'> & Partial<StoreInput>) {
  return (page: Partial<Records>, askedAtMinute = 1000, more: Partial<StoreInput> = {}) =>
    storePage({ db, backend, records: records(page), fetchedAt: minute(askedAtMinute), ...rest, ...more })
}

/** A worker's share of syncing, for one backend. */
export function syncingOf(
  db: Db,
  backend: TestBackend,
  connector: Connector,
  more: Partial<SyncedBackend> & { now?: () => Date } = {},
) {
  const { now, ...rest } = more
  const synced = { ...backend, connector, settings: {}, ...rest }
  const syncing: Syncing = openSyncing({ db, log: silent, backends: [synced], ...(now && { now }) })
  onTestFinished(() => syncing.stop())
  return { syncing, backend: synced }
}

/** Rows of a table, of one backend where the table knows it, in the order of their ids. */
export async function rowsOf<Row = Record<string, never>>(
  db: Db,
  table: string,
  { workspaceId }: TestBackend,
): Promise<Row[]> {
  const order =
    table === 'changes'
      ? 'position'
      : table === 'email_addresses'
        ? 'message_id, position'
        : table === 'backend_syncs'
          ? 'backend_id'
          : 'id'
  const { rows } = await db.execute(
    sql.raw(`select * from ${table} where workspace_id = '${workspaceId}' order by ${order}`),
  )
  return rows as Row[]
}

/** Where every row of the backend lies: a row that was written again lies elsewhere. */
export async function placesOf(db: Db): Promise<string[]> {
  const tables = [
    ...[
      'channels',
      'channel_accounts',
      'actors',
      'departments',
      'department_agents',
      'tags',
      'views',
      'tickets',
      'ticket_tags',
    ],
    ...[
      'ticket_events',
      'conversations',
      'messages',
      'email_addresses',
      'attachments',
      'mentions',
      'drafts',
      'changes',
    ],
  ]
  const places: string[] = []
  for (const table of tables) {
    const { rows } = await db.execute<{ place: string }>(
      sql.raw(`select '${table} ' || ctid || ' ' || xmin || ' ' || xmax as place from ${table} order by 1`),
    )
    places.push(...rows.map(({ place }) => place))
  }
  return places
}
