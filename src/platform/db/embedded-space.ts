/**
 * What becomes of the embedded Postgres when the disk is full. Left alone it ends as soon as it cannot lengthen its log,
 * and does not come up again before there is room: nothing could be read either. So a little is kept back, and when the
 * rest is gone that is given to Postgres, which takes no changes from then on until there is room again.
 */
import { existsSync } from 'node:fs'
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StartError } from '#errors.ts'
import type { Log } from '#platform/log.ts'

const MB = 1024 * 1024
/** One segment of the log. */
const FULL_BELOW_BYTES = 16 * MB
const RESERVE_BYTES = 48 * MB
/** What is left is still more than enough to be called full after the reserve is laid by. */
const ROOM_FROM_BYTES = RESERVE_BYTES + 2 * FULL_BELOW_BYTES
const NEW_CLUSTER_BYTES = 160 * MB
const LOOK_EVERY_MS = 1000
const SETTING_ATTEMPTS = 50

/** @throws StartError when the disk has no room for a database. */
export async function refuseFullDisk(folder: string, cluster: string): Promise<void> {
  const needed = existsSync(cluster) ? ROOM_FROM_BYTES : NEW_CLUSTER_BYTES
  const free = await freeBytesOf(folder)
  if (free >= needed || existsSync(reserveIn(folder))) return
  throw new StartError(
    `the disk of the data folder ${folder} is full (${Math.floor(free / MB)} MB left): ` +
      `make room for ${needed / MB} MB, or choose another folder`,
  )
}

export type SpaceWatch = { stop(): Promise<void> }

/** Resolves when the server takes changes, or is known to have no room for them. */
export async function watchSpace(options: {
  folder: string
  connectionString: string
  log?: Pick<Log, 'warn'> | undefined
}): Promise<SpaceWatch> {
  const { folder, connectionString, log } = options
  const ending = new AbortController()
  let isFull = false
  let isReadOnly: boolean | null = null

  /** Also ends what a former process left, which was killed while the disk was full. */
  async function look(): Promise<void> {
    isFull = (await freeBytesOf(folder)) < (isFull ? ROOM_FROM_BYTES : FULL_BELOW_BYTES)
    if (isFull === isReadOnly) return
    if (isFull) await rm(reserveIn(folder), { force: true })
    else await layBy(reserveIn(folder))
    await setReadOnly(connectionString, isFull)
    if (isFull)
      log?.warn(`the disk of ${folder} is full: no changes are taken until ${ROOM_FROM_BYTES / MB} MB are free`)
    else if (isReadOnly) log?.warn(`the disk of ${folder} has room again: changes are taken`)
    isReadOnly = isFull
  }

  async function watch(): Promise<void> {
    while (!ending.signal.aborted) {
      await sleep(LOOK_EVERY_MS, null, { ref: false, signal: ending.signal }).catch(() => {})
      // Postgres is away, or the disk was filled between two steps: looked at again.
      if (!ending.signal.aborted)
        await look().catch((error) => log?.warn({ err: error }, 'the room on the disk is unknown'))
    }
  }
  await look()
  const watching = watch()
  return {
    async stop() {
      ending.abort()
      await watching
    },
  }
}

const reserveIn = (folder: string) => join(folder, 'reserve')

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

async function layBy(file: string): Promise<void> {
  if (existsSync(file)) return
  const reserve = await open(file, 'w', 0o600)
  try {
    for (let bytes = 0; bytes < RESERVE_BYTES; bytes += MB) await reserve.write(Buffer.alloc(MB, 1))
  } finally {
    await reserve.close()
  }
}

/** For all sessions, from their next transaction on. */
async function setReadOnly(connectionString: string, isReadOnly: boolean): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000, query_timeout: 2000 })
  client.on('error', () => {})
  await client.connect()
  try {
    for (let attempt = 0; attempt < SETTING_ATTEMPTS; attempt++) {
      const { rows } = await client.query('show default_transaction_read_only')
      if (rows[0].default_transaction_read_only === (isReadOnly ? 'on' : 'off')) return
      await client.query(`alter system set default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`)
      await client.query('select pg_reload_conf()')
      await sleep(20)
    }
    throw new Error('Postgres did not take the setting default_transaction_read_only')
  } finally {
    await client.end()
  }
}
