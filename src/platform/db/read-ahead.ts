/**
 * What a query asks for next is read along with its rows, in one statement: a page of tickets with their people, tags and
 * newest messages (Q1), a ticket with all its threads (Q2). Nobody declares what that is. The answers of a query that are
 * watched show which column's values are asked for elsewhere (see `read-columns.ts`); later ones join the statements that
 * were run then, each taking its keys from the rows of another. What is asked for seldom is soon no longer read ahead, what is
 * asked for beyond it is read as ever, and where all cannot be read at once, each is read alone.
 */
import type { Db } from './client.ts'
import { databaseStateOf } from './failed-query.ts'
import { isExpected, noteFailed } from './follows.ts'
import { runJoined } from './joined-statements.ts'
import type { Statements } from './kept.ts'
import type { Follow, LoadContext, Reading, Target } from './load-context.ts'
import { type Quick, quickOf } from './quick-statements.ts'
import { chosenColumns } from './read-columns.ts'

const mostParts = 12
/** A statement has at most 1,664. */
const mostColumns = 100

/** text, uuid: they look the same wherever they stand. */
const typesOfKeys = new Set<number | undefined>([25, 2950])

type Root = { source: string; statements: Statements; name: string | undefined; values: Record<string, unknown> }

/** Runs a statement together with what is asked for next. @returns its rows; null when it is to be run alone. */
export async function runAhead(
  context: LoadContext,
  reading: Reading,
  { source, statements, name, values }: Root,
): Promise<unknown[] | null> {
  const quick = name && reading.known.follows.has(source) ? ranBefore(context, statements, name) : null
  const targets = quick ? targetsOf(context, reading, source, quick) : []
  if (!quick || targets.length === 0) return null
  const { db, workspaceId } = context
  const found = runJoined(db, {
    parts: [{ quick, from: [] }, ...targets],
    values: [values, ...targets.map(({ target }) => ({ ...target.statement.values, workspaceId }))],
    made: reading.known.joined,
  })
  const all = found && (await found.catch((error: unknown) => failed(error, db, targets)))
  if (!all) return null
  const [own, ...ahead] = all
  for (const [index, { keys, rows }] of ahead.entries()) {
    const { target, follows } = targets[index] as TargetPart
    reading.rows.push(rows)
    if (keys.size === 0) continue
    target.put(context, keys, rows)
    reading.ahead.read.set(target.source, { follows, isUsed: false })
  }
  return own?.rows ?? []
}

/** One that takes too long, say, shall cost its own field only. Not within a transaction, which is over. */
function failed(error: unknown, db: Db, targets: TargetPart[]): null {
  if (!databaseStateOf(error) || !('$client' in db)) throw error
  noteFailed(targets.flatMap(({ follows }) => follows))
  return null
}

function ranBefore({ db }: LoadContext, statements: Statements, name: string): Quick | null {
  const known = statements.known(db, name)
  const quick = known ? quickOf(known) : null
  return quick?.typeIds && quick.columns.length <= mostColumns ? quick : null
}

type TargetPart = { target: Target; quick: Quick; follows: Follow[]; from: { part: number; column: number }[] }

/** All that is asked for from the rows of a source, from the rows of that, and so on; each after what it takes keys from. */
function targetsOf(context: LoadContext, reading: Reading, root: string, rootQuick: Quick): TargetPart[] {
  type Found = { target: Target; quick: Quick; follows: Follow[]; from: { source: string; column: number }[] }
  const found = new Map<string, Found>()
  const above = new Set([root])

  function visit(source: string, quick: Quick): void {
    for (const follow of reading.known.follows.get(source)?.values() ?? []) {
      const { column, target } = follow
      if (!isExpected(follow) || above.has(target.source)) continue
      const ofTarget =
        found.get(target.source)?.quick ??
        (found.size + above.size < mostParts ? ready(context, reading, target) : null)
      const place = quick.columns.indexOf(column)
      const typeId = typeIdOf(quick, column)
      if (!ofTarget || !typesOfKeys.has(typeId) || typeId !== typeIdOf(ofTarget, 'parentKey')) continue
      let entry = found.get(target.source)
      if (!entry) {
        above.add(target.source)
        visit(target.source, ofTarget)
        above.delete(target.source)
        entry = { target, quick: ofTarget, follows: [], from: [] }
        found.set(target.source, entry)
      }
      entry.follows.push(follow)
      entry.from.push({ source, column: place })
    }
  }

  visit(root, rootQuick)
  const inOrder = [...found.values()].reverse()
  const partOf = new Map([root, ...inOrder.map(({ target }) => target.source)].map((source, part) => [source, part]))
  return inOrder.map(({ from, ...rest }) => ({
    ...rest,
    from: from.map(({ source, column }) => ({ part: partOf.get(source) as number, column })),
  }))
}

/** Null for a statement that has not run yet, or is watched. */
function ready(context: LoadContext, reading: Reading, { statement, statements }: Target): Quick | null {
  const { stem, name, columns } = statement
  if (!name) return null
  const { narrowed, isWatched } = chosenColumns(reading, stem, columns)
  return isWatched ? null : ranBefore(context, statements, name + narrowed.suffix)
}

function typeIdOf({ columns, typeIds }: Quick, column: string): number | undefined {
  return typeIds?.[columns.indexOf(column)]
}
