/**
 * Runs statements that select no more than their query is known to read, and with it what that asks for next, or what
 * other requests ask of the same.
 */
import type { Statements } from './kept.ts'
import type { LoadContext, Narrowable } from './load-context.ts'
import { runQuickForEach } from './quick-statements.ts'
import { runAhead } from './read-ahead.ts'
import { chosenColumns, selectedOf } from './read-columns.ts'
import { type Key, lookUpTogether } from './together.ts'
import { clientOn } from './wall.ts'

export type Narrowing = {
  statements: Statements
  statement: Narrowable
  /** Under which it is known what is asked for next. */
  source: string
  /** What rows are looked up by, and how the driver takes that; left out where a statement takes no keys. */
  keyed?: { keys: Key[]; given(keys: Key[]): unknown }
}

export async function runNarrowed(
  context: LoadContext,
  { statements, statement, source, keyed }: Narrowing,
): Promise<unknown[]> {
  const { db, workspaceId, reading } = context
  const { stem, name, columns, build } = statement
  const own = keyed?.keys ?? []
  const valuesFor = (keyLists: Key[][]) => ({
    ...statement.values,
    ...(keyed && { keys: keyed.given(keyLists.flat()) }),
    workspaceId,
  })
  if (!reading) return statements.run(db, name, (root) => build(columns())(root), valuesFor([own]))
  const { narrowed, isWatched, rowsAs } = chosenColumns(reading, stem, columns)
  const { missing, suffix } = narrowed
  const narrowName = name && name + suffix
  // What takes more than keys may differ from request to request.
  const isSharable = keyed !== undefined && Object.keys(statement.values).length === 0

  const rowsAlone = () =>
    statements.run(db, narrowName, (root) => build(selectedOf(columns(), narrowed))(root), valuesFor([own]), {
      statement: stem,
      missing,
    })

  /** Null where nobody else may ask the same, or it has not run yet. */
  function rowsTogether(): Promise<unknown[]> | null {
    const quick = narrowName && isSharable ? statements.known(db, narrowName) : null
    if (!quick) return null
    const client = clientOn(db, quick.client)
    const lookUp = (keyLists: Key[][]) => runQuickForEach(quick, client, valuesFor(keyLists), keyLists)
    return lookUpTogether(own, { sharing: quick.sharing, workspaceId, lookUp, isTriedAlone: true })
  }

  const root = { source, statement, narrowed, statements, own, isSharable, valuesFor }
  const rows = isWatched
    ? rowsAs(await rowsAlone(), source)
    : ((await runAhead(context, reading, root)) ?? (await (rowsTogether() ?? rowsAlone())))
  reading.lists.push(rows)
  return rows
}
