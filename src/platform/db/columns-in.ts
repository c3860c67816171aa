import { Column, is, SQL } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'

/** The columns of a table that pieces of a statement speak of, each once. */
export function columnsIn(pieces: readonly unknown[], table: PgTable, found = new Set<PgColumn>()): Set<PgColumn> {
  for (const piece of pieces) {
    if (is(piece, Column)) {
      if (piece.table === (table as unknown)) found.add(piece as PgColumn)
    } else if (is(piece, SQL)) columnsIn(piece.queryChunks, table, found)
    else if (Array.isArray(piece)) columnsIn(piece, table, found)
  }
  return found
}
