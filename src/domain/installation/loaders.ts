import type { Db } from '#platform/db/client.ts'
import { installation } from './table.ts'

/** Signs addresses in every gateway of this database. Each says of which workspace it is, and is good for that one only. */
export async function linkKeyOf(db: Db): Promise<string> {
  const [row] = await db.select({ linkKey: installation.linkKey }).from(installation)
  if (!row) throw new Error('the table installation is empty: its row is made by a migration')
  return row.linkKey
}
