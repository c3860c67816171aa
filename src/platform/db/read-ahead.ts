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
import { joinedOf } from './joined-statements.ts'
import type { Statements } from './kept.ts'
import type { Follow, LoadContext, Planned, Reading, Target, TargetPart } from './load-context.ts'
import { type Quick, quickOf } from './quick-statements.ts'
import { chosenColumns } from './read-columns.ts'
import { rootOf } from './wall.ts'

const mostParts = 12
/** text, uuid: they look the same wherever they stand. */
const typesOfKeys = new Set<number | undefined>([25, 2950])

type Root = { source: string; statements: Statements; name: string | undefined; values: Record<string, unknown> }

/** Runs a statement together with what is asked for next. @returns its rows; null when it is to be run alone. */
export async function runAhead(context: LoadContext, reading: Reading, root: Root): Promise<unknown[] | null> {
  const planned = plannedFor(context, reading, root)
  if (!planned) return null
  const { db, workspaceId } = context
  const { joined, targets } = planned
  const values = [root.values, ...targets.map(({ target }) => ({ ...target.statement.values, workspaceId }))]
  const all = await joined.run(db, values).catch((error: unknown) => failed(error, db, targets))
  if (!all) return null
  const [own, ...ahead] = all
  for (const [index, { keys, rows }] of ahead.entries()) {
    const { target, follows } = targets[index] as TargetPart
    reading.rows.push(rows)
    if (keys.length === 0) continue
    const read = { follows, isUsed: false }
    target.put(context, { keys, rows, read })
    reading.ahead.read.set(target.source, read)
  }
  return own?.rows ?? []
}

/** Null where nothing is known to be asked for next, or no more statements can be kept. */
function plannedFor(context: LoadContext, reading: Reading, { source, statements, name }: Root): Planned | null {
  const { planned } = reading
  const { follows, joined: ofOperation } = reading.known
  if (!name || !follows.has(source)) return null
  const root = rootOf(context.db)
  const kept = planned.get(source)
  const isLikeKept = kept?.name === name && kept.root === root
  if (isLikeKept && kept.targets.every((target) => target.follows.every(isExpected))) return kept

  const quick = ranBefore(context, statements, name)
  if (!quick) return null
  const { targets, isAll } = targetsOf(context, reading, source, quick)
  const joined =
    targets.length > 0 ? joinedOf(context.db, { parts: [{ quick, from: [] }, ...targets], made: ofOperation }) : null
  if (!joined) return null
  const made = { name, root, joined, targets }
  if (isAll) planned.set(source, made)
  return made
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
  return quick?.typeIds ? quick : null
}

/**
 * All that is asked for from the rows of a source, from the rows of that, and so on; each after what it takes keys from.
 * `isAll`: nothing is left out that may yet come to it.
 */
function targetsOf(
  context: LoadContext,
  reading: Reading,
  root: string,
  rootQuick: Quick,
): { targets: TargetPart[]; isAll: boolean } {
  type Found = { target: Target; quick: Quick; follows: Follow[]; from: { source: string; column: number }[] }
  const found = new Map<string, Found>()
  const above = new Set([root])
  let isAll = true

  function visit(source: string, quick: Quick): void {
    for (const follow of reading.known.follows.get(source)?.values() ?? []) {
      const { column, target } = follow
      if (!isExpected(follow) || above.has(target.source)) continue
      const hasRoom = found.size + above.size < mostParts
      const ofTarget = found.get(target.source)?.quick ?? (hasRoom ? ready(context, reading, target) : null)
      if (hasRoom && !ofTarget) isAll = false
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
  const targets = inOrder.map(({ from, ...rest }) => ({
    ...rest,
    from: from.map(({ source, column }) => ({ part: partOf.get(source) as number, column })),
  }))
  return { targets, isAll }
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
