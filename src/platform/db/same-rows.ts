/**
 * What is looked up of rows that are read already, such as the bodies of messages, is read with them: some columns more, where
 * a statement of its own would find each row a second time. Of the statement for a ticket with its messages (Q2) that
 * takes a ninth of the work of Postgres.
 */
import { Column, is, SQL } from 'drizzle-orm'
import type { Db } from './client.ts'
import type { KeySource, Part, Parts } from './joined-statements.ts'
import type { Columns, Narrowable, Narrowed } from './load-context.ts'
import { madeQuick, type Quick, quickOf } from './quick-statements.ts'
import { selectedOf } from './read-columns.ts'

/** A statement that has run before, with what it selects now, and whose values are its keys. */
export type Reader = { statement: Narrowable; narrowed: Narrowed; quick: Quick; from: KeySource[] }

/** Parts of all that is read, in the same order: each after those it takes keys from. */
export function partsOf(root: Db, readers: Reader[]): Parts {
  const hosts = readers.map((reader) => hostOf(readers, reader))
  const asked: Parts['asked'] = []
  const parts: Part[] = []
  for (const [index, reader] of readers.entries()) {
    if (hosts[index] !== null) continue
    const guests = [...readers.keys()].filter((guest) => hosts[guest] === index)
    const wide = guests.length > 0 ? widened(root, reader, guests, readers) : null
    const quick = wide?.quick ?? reader.quick
    const placed = (names: string[]) => names.map((name) => quick.sameAs[quick.columns.indexOf(name)] as number)
    parts[index] = { quick: reader.quick, from: reader.from, asked: asked.length, places: placed(reader.quick.columns) }
    for (const guest of guests) {
      const { quick: ownQuick, from } = readers[guest] as Reader
      const names = ownQuick.columns.map((name) => wide?.namesOf(guest, name) as string)
      parts[guest] = { quick: ownQuick, from, asked: asked.length, places: placed(names) }
    }
    asked.push({ quick, from: reader.from })
  }
  return { asked, parts }
}

/** The place of the reader whose rows these are; null where they are its own. */
function hostOf(readers: Reader[], { statement, narrowed, from: [source, ...others] }: Reader): number | null {
  const { lookedUpBy } = statement
  if (!source || others.length > 0 || !lookedUpBy) return null
  const host = readers[source.part] as Reader
  const isGuest = host.from.length > 0 && hostOf(readers, host) !== null
  const columns = host.statement.columns()
  if (isGuest || columns[host.quick.columns[source.column] as string] !== lookedUpBy) return null
  const own = Object.values(selectedOf(statement.columns(), narrowed))
  const taken = new Set(
    Object.values(columns).flatMap((column) => (is(column, SQL.Aliased) ? [column.fieldAlias] : [])),
  )
  const fits = own.every((column) => is(column, Column) && column.table === lookedUpBy.table && !taken.has(column.name))
  return fits ? source.part : null
}

/** The statement of a reader that selects for its guests too, and under which names. */
function widened(root: Db, host: Reader, guests: number[], readers: Reader[]) {
  const columns: Columns = selectedOf(host.statement.columns(), host.narrowed)
  const typeIds = new Map(host.quick.columns.map((name, place) => [name, host.quick.typeIds?.[place] as number]))
  const names = new Map<string, string>()
  for (const guest of guests) {
    const { statement, narrowed, quick, from } = readers[guest] as Reader
    names.set(`${guest} parentKey`, host.quick.columns[from[0]?.column as number] as string)
    for (const [name, column] of Object.entries(selectedOf(statement.columns(), narrowed))) {
      const known = Object.keys(columns).find((other) => columns[other] === column)
      const ownName = known ?? `${guest} ${name}`
      columns[ownName] = column
      names.set(`${guest} ${name}`, ownName)
      typeIds.set(ownName, quick.typeIds?.[quick.columns.indexOf(name)] as number)
    }
  }
  const built = host.statement.build(columns)(root) as { prepare(name: string): object }
  const quick = quickOf(madeQuick(built.prepare(''))) as Quick
  quick.typeIds = quick.columns.map((name) => typeIds.get(name) as number)
  return { quick, namesOf: (guest: number, name: string) => names.get(`${guest} ${name}`) }
}
