/** Brings a store's pages to memory before it is measured: a machine may forget them between two queries, and a disk is no measure. */
import { open, readdir } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { onDatabase } from '../data/database.ts'

const chunk = Buffer.allocUnsafe(4 * 1024 * 1024)

/** A store that takes more than half of the memory is left as it is. */
export async function bringPages(connectionString: string): Promise<void> {
  const { rows } = await onDatabase(connectionString, (client) =>
    client.query(`select current_setting('data_directory') as folder, oid::text, pg_database_size(oid) as "sizeBytes"
      from pg_database where datname = current_database()`),
  )
  const { folder, oid, sizeBytes } = rows[0] as { folder: string; oid: string; sizeBytes: string }
  if (Number(sizeBytes) > totalmem() / 2) return
  const files = join(folder, 'base', oid)
  // Postgres may just take one away.
  for (const name of await readdir(files)) await readThrough(join(files, name)).catch(() => {})
}

async function readThrough(file: string): Promise<void> {
  const handle = await open(file)
  try {
    while ((await handle.read(chunk, 0, chunk.length)).bytesRead > 0);
  } finally {
    await handle.close()
  }
}
