/** Runs statements that select no more than their query is known to read, and with it what that asks for next. */
import type { Statements } from './kept.ts'
import type { LoadContext, Narrowable } from './load-context.ts'
import { runQuickForEach } from './quick-statements.ts'
import { runAhead } from './read-ahead.ts'
import { chosenColumns, selectedOf } from './read-columns.ts'
import { isShared, type Key, type Keyed, keysOf, lookUpTogether } from './together.ts'
import { clientOn } from './wall.ts'

/**
 * @param source Under which it is known what is asked for next.
 * @param keyed What rows are looked up by, where the statement takes keys.
 */
export async function runNarrowed(
  statements: Statements,
  context: LoadContext,
  statement: Narrowable,
  source: string,
  keyed: Keyed | null = null,
): Promise<unknown[]> {
  const { db, workspaceId, reading } = context
  const { stem, name, columns, build } = statement
  const valuesFor = (lists: Key[][]) => ({ ...statement.values, ...keysOf(keyed, lists), workspaceId })
  const own = keyed?.keys ?? []
  if (!reading) return statements.run(db, name, (root) => build(columns())(root), valuesFor([own]))
  const { narrowed, isWatched, rowsAs } = chosenColumns(reading, stem, columns)
  const { missing, suffix } = narrowed
  const narrowName = name && name + suffix

  async function rowsAlone(): Promise<unknown[]> {
    const rows = await statements.run(
      db,
      narrowName,
      (root) => build(selectedOf(columns(), narrowed))(root),
      valuesFor([own]),
      { statement: stem, missing },
    )
    return rowsAs(rows, source)
  }

  /** Null where nobody else may ask the same. */
  function rowsTogether(): Promise<unknown[]> | null {
    const quick = narrowName && isShared(statement, keyed) ? statements.known(db, narrowName) : null
    if (!quick) return null
    const client = clientOn(db, quick.client)
    return lookUpTogether(quick.sharing, workspaceId, own, (lists) =>
      runQuickForEach(quick, client, valuesFor(lists), lists),
    )
  }

  const asked = { source, statement, narrowed, statements, keyed }
  const rows = isWatched
    ? await rowsAlone()
    : ((await runAhead(context, reading, asked)) ?? (await (rowsTogether() ?? rowsAlone())))
  reading.lists.push(rows)
  return rows
}
