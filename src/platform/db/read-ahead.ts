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
import { joinedOf, type KeySource } from './joined-statements.ts'
import type { Expected, LoadContext, Narrowed, Planned, Reading, Target } from './load-context.ts'
import { typeIdOf } from './quick-statements.ts'
import { chosenColumns } from './read-columns.ts'
import { joiningOf, type Reader } from './same-rows.ts'
import { type Key, lookUpTogether, openSharing } from './together.ts'
import { rootOf } from './wall.ts'

const mostParts = 12
/** text, uuid: they look the same wherever they stand. */
const [text, uuid, uuids] = [25, 2950, 2951]
const typesOfKeys = new Set<number | undefined>([text, uuid])

type Root = Pick<Target, 'source' | 'statement' | 'statements'> & {
  narrowed: Narrowed
  /** What its rows are looked up by; none where it takes no keys. */
  own: Key[]
  /** Whether other requests may ask the same by other keys. */
  isSharable: boolean
  valuesFor(keyLists: Key[][]): Record<string, unknown>
}

/** Runs a statement together with what is asked for next. @returns its rows; null when it is to be run alone. */
export async function runAhead(context: LoadContext, reading: Reading, root: Root): Promise<unknown[] | null> {
  const planned = plannedFor(context, reading, root)
  if (!planned) return null
  const { db, workspaceId } = context
  const { joined, targets, sharing } = planned
  const next = targets.map(({ target }) => ({ ...target.statement.values, workspaceId }))
  const lookUp = (keyLists: Key[][]) => joined.run(db, [root.valuesFor(keyLists), ...next], keyLists)
  const looking = root.isSharable
    ? lookUpTogether(root.own, { sharing, workspaceId, lookUp, isTriedAlone: false })
    : lookUp([root.own]).then(([answer]) => answer ?? null)
  const answer = await looking.catch((error: unknown) => failed(error, db, targets))
  if (!answer) return null
  const [first, ...ahead] = answer
  for (const [index, { keys, rows }] of ahead.entries()) {
    const { target, follows } = targets[index] as Expected
    reading.lists.push(rows, ...keys)
    if (!keys.some((column) => column.some((key) => key !== null))) continue
    const read = { follows, isUsed: false }
    target.put(context, { keys, rows, read })
    reading.ahead.read.set(target.source, read)
  }
  return first?.rows ?? []
}

/** Null where nothing is known to be asked for next, or no more statements can be kept. */
function plannedFor(context: LoadContext, reading: Reading, root: Root): Planned | null {
  const { source, statement, narrowed, statements } = root
  const { planned } = reading
  const { follows, joined: made } = reading.known
  if (!statement.name || !follows.has(source)) return null
  const name = statement.name + narrowed.suffix
  const rootDb = rootOf(context.db)
  const kept = planned.get(source)
  const isLikeKept = kept?.name === name && kept.rootDb === rootDb
  if (isLikeKept && kept.targets.every((target) => target.follows.every(isExpected))) return kept

  const quick = statements.known(context.db, name)
  if (!quick) return null
  const { targets, isAll } = targetsOf(context, reading, source, { statement, narrowed, quick })
  if (targets.length === 0) return null
  const readers = [{ statement, narrowed, quick, from: [] }, ...targets]
  const joined = joinedOf(rootDb, { key: keyOf(readers), made, joining: () => joiningOf(rootDb, readers) })
  if (!joined) return null
  const plan = { name, rootDb, joined, targets, sharing: openSharing() }
  if (isAll) planned.set(source, plan)
  return plan
}

/** Names stand for whole statements. */
function keyOf(readers: Reader[]): string {
  return readers
    .map(({ quick, from }) => `${quick.config.name}${from.map(({ part, column }) => ` ${part}.${column}`)}`)
    .join()
}

/** One that takes too long, say, shall cost its own field only. Not within a transaction, which is over. */
function failed(error: unknown, db: Db, targets: Expected[]): null {
  if (!databaseStateOf(error) || !('$client' in db)) throw error
  if (!noted.has(error as Error)) noteFailed(targets.flatMap(({ follows }) => follows))
  noted.add(error as Error)
  return null
}
/** All who asked together hear of the same. */
const noted = new WeakSet<Error>()

/** What can be joined. */
type Ready = Omit<Reader, 'from'>

/**
 * All that is asked for from the rows of a source, from the rows of that, and so on; each after what it takes keys from.
 * `isAll`: nothing is left out that may yet come to it.
 */
function targetsOf(
  context: LoadContext,
  reading: Reading,
  rootSource: string,
  root: Ready,
): { targets: (Reader & Expected)[]; isAll: boolean } {
  type Found = Ready & Expected & { from: (Omit<KeySource, 'part'> & { source: string })[] }
  const found = new Map<string, Found>()
  const above = new Set([rootSource])
  let isAll = true

  function visit(source: string, { quick, statement: { columns, rowKey } }: Ready): void {
    for (const follow of reading.known.follows.get(source)?.values() ?? []) {
      const { column, target } = follow
      if (!isExpected(follow) || above.has(target.source)) continue
      const hasRoom = found.size + above.size < mostParts
      const ofTarget = found.get(target.source) ?? (hasRoom ? ready(context, reading, target) : null)
      if (hasRoom && !ofTarget) isAll = false
      const isList = typeIdOf(quick, column) === uuids
      const typeId = isList ? uuid : typeIdOf(quick, column)
      if (!ofTarget || !typesOfKeys.has(typeId) || typeId !== typeIdOf(ofTarget.quick, 'parentKey')) continue
      let entry = found.get(target.source)
      if (!entry) {
        above.add(target.source)
        visit(target.source, ofTarget)
        above.delete(target.source)
        entry = { ...ofTarget, target, follows: [], from: [] }
        found.set(target.source, entry)
      }
      entry.follows.push(follow)
      const isUnique = Boolean(rowKey) && columns()[column] === rowKey
      entry.from.push({ source, column: quick.columns.indexOf(column), isList, isUnique })
    }
  }

  visit(rootSource, root)
  const inOrder = [...found.values()].reverse()
  const partOf = new Map(
    [rootSource, ...inOrder.map(({ target }) => target.source)].map((source, part) => [source, part]),
  )
  const targets = inOrder.map(({ from, ...rest }) => ({
    ...rest,
    from: from.map(({ source, ...key }) => ({ ...key, part: partOf.get(source) as number })),
  }))
  return { targets, isAll }
}

/** Null for a statement that has not run yet, or is watched. */
function ready(context: LoadContext, reading: Reading, { statement, statements }: Target): Ready | null {
  const { stem, name, columns } = statement
  if (!name) return null
  const { narrowed, isWatched } = chosenColumns(reading, stem, columns)
  const quick = isWatched ? null : statements.known(context.db, name + narrowed.suffix)
  return quick && { statement, narrowed, quick }
}
