/** Runs statements that select no more than their query is known to read, and with it what that asks for next. */
import type { Statements } from './kept.ts'
import type { LoadContext, Narrowable } from './load-context.ts'
import { runAhead } from './read-ahead.ts'
import { chosenColumns, selectedOf } from './read-columns.ts'

/** @param source Under which it is known what is asked for next. */
export async function runNarrowed(
  statements: Statements,
  context: LoadContext,
  statement: Narrowable,
  source: string,
): Promise<unknown[]> {
  const { db, workspaceId, reading } = context
  const { stem, name, columns, build } = statement
  const values = { ...statement.values, workspaceId }
  if (!reading) return statements.run(db, name, (root) => build(columns())(root), values)
  const { narrowed, isWatched, rowsAs } = chosenColumns(reading, stem, columns)
  const { missing, suffix } = narrowed
  const narrowName = name && name + suffix
  const alone = () =>
    statements.run(db, narrowName, (root) => build(selectedOf(columns(), narrowed))(root), values, {
      statement: stem,
      missing,
    })
  const ahead = isWatched ? null : await runAhead(context, reading, { source, statement, narrowed, statements })
  const rows = ahead ?? rowsAs(await alone(), source)
  reading.lists.push(rows)
  return rows
}
