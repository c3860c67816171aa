/**
 * What is looked up of rows that are read already, such as the bodies of messages, is read with them: some columns more, where
 * a statement of its own would find each row a second time. The statement that reads the rows is the host, look-ups that
 * lie in it are its guests. For a ticket with its messages (Q2) Postgres takes a tenth less so.
 */
import { Column, is, SQL } from 'drizzle-orm'
import type { Db } from './client.ts'
import type { Joining, KeySource, Part } from './joined-statements.ts'
import type { Columns, Narrowable, Narrowed } from './load-context.ts'
import { madeQuick, type Quick, quickOf, typeIdOf } from './quick-statements.ts'
import { selectedOf } from './read-columns.ts'

/** A statement that has run before, with what it selects now, and whose values are its keys. */
export type Reader = { statement: Narrowable; narrowed: Narrowed; quick: Quick; from: KeySource[] }

/** Parts for all that is read, in the same order: each after those it takes keys from. */
export function joiningOf(rootDb: Db, readers: Reader[]): Joining {
  const hosts: (number | null)[] = []
  for (const reader of readers) hosts.push(hostOf(reader, readers, hosts))
  const statements: Joining['statements'] = []
  const parts: Part[] = []
  for (const [index, host] of readers.entries()) {
    if (hosts[index] !== null) continue
    const guests = [...readers.entries()].filter(([guest]) => hosts[guest] === index)
    const { quick, placeOf } = widened(
      rootDb,
      host,
      guests.map(([, guest]) => guest),
    )
    const statement = statements.push({ quick, part: index }) - 1
    const own = host.quick.columns.map((name) => quick.sameAs[quick.columns.indexOf(name)] as number)
    parts[index] = { quick: host.quick, from: host.from, statement, places: own }
    for (const [guest, { quick: guestQuick, from, statement: asked }] of guests) {
      const columnOf = (name: string) => (name === 'parentKey' ? asked.lookedUpBy : asked.columns()[name])
      const places = guestQuick.columns.map((name) => placeOf(columnOf(name) as Columns[string]))
      parts[guest] = { quick: guestQuick, from, statement, places }
    }
  }
  return { statements, parts }
}

/** The place of the reader whose rows these are; null where they are its own. `hosts`: of those before. */
function hostOf(
  { statement, narrowed, from: [source, ...others] }: Reader,
  readers: Reader[],
  hosts: (number | null)[],
): number | null {
  const { lookedUpBy } = statement
  if (!source || others.length > 0 || !lookedUpBy || hosts[source.part] !== null) return null
  const { statement: hostStatement, quick } = readers[source.part] as Reader
  const columns = hostStatement.columns()
  // Where rows of the host may come twice, those of the guest would.
  if (hostStatement.rowKey !== lookedUpBy || columns[quick.columns[source.column] as string] !== lookedUpBy) return null
  // Within a page a column goes by its bare name, which must not be that of an expression.
  const taken = new Set(
    Object.values(columns).flatMap((column) => (is(column, SQL.Aliased) ? [column.fieldAlias] : [])),
  )
  const own = Object.values(selectedOf(statement.columns(), narrowed))
  const fits = own.every((column) => is(column, Column) && column.table === lookedUpBy.table && !taken.has(column.name))
  return fits ? source.part : null
}

/** The statement of a host that selects for its guests too, each column once, and the place that a column has in it. */
function widened(rootDb: Db, host: Reader, guests: Reader[]) {
  if (guests.length === 0) return { quick: host.quick, placeOf: () => -1 }
  const columns: Columns = selectedOf(host.statement.columns(), host.narrowed)
  const typeIds = new Map(host.quick.columns.map((name) => [name, typeIdOf(host.quick, name)]))
  const nameOf = (wanted: Columns[string]) => Object.keys(columns).find((name) => columns[name] === wanted)
  for (const [index, { statement, narrowed, quick }] of guests.entries())
    for (const [name, column] of Object.entries(selectedOf(statement.columns(), narrowed))) {
      if (nameOf(column)) continue
      columns[`${index} ${name}`] = column
      typeIds.set(`${index} ${name}`, typeIdOf(quick, name))
    }
  const built = host.statement.build(columns)(rootDb) as { prepare(name: string): object }
  const quick = quickOf(madeQuick(built.prepare(''))) as Quick
  quick.typeIds = quick.columns.map((name) => typeIds.get(name) as number)
  return { quick, placeOf: (column: Columns[string]) => quick.columns.indexOf(nameOf(column) as string) }
}
