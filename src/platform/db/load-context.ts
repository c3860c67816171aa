/** What is known of a request while rows are read for it. */
import type { SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Db } from './client.ts'
import type { Joined, KeyColumns } from './joined-statements.ts'
import type { Statements } from './kept.ts'
import type { Sharing } from './together.ts'

/**
 * What loaders need of a request. `rows`: of several that may share rows by key, as those are the same for all of a workspace.
 * `reading`: of a query that may be answered from narrow rows.
 */
export type LoadContext = { db: Db; workspaceId: string; rows?: LoadContext; reading?: Reading }

/** Columns to select, by the name they get in the row. */
export type Columns = Record<string, PgColumn | SQL.Aliased>
export type RowOf<Selected extends Columns> = {
  [Name in keyof Selected]: Selected[Name] extends PgColumn
    ? Selected[Name]['_']['notNull'] extends true
      ? Selected[Name]['_']['data']
      : Selected[Name]['_']['data'] | null
    : Selected[Name] extends SQL.Aliased<infer Data>
      ? Data
      : never
}

export type Narrowable = {
  /** Under which it is known what is read of it. */
  stem: string
  /** Of the statement, when that is kept. */
  name: string | undefined
  /** All it may select; made when it has to be built. */
  columns(): Columns
  build(selected: Columns): (db: Db) => unknown
  values: Record<string, unknown>
  /** What tells its rows apart; null where nothing does, or a row may come twice. */
  rowKey?: PgColumn | null
  /** Of a look-up of rows by what tells them apart: that. It can be read wherever they are (see `same-rows.ts`). */
  lookedUpBy?: PgColumn | null
}

/** What answers of one operation have read, by statement, and asked for next. To be kept as long as the operation is. */
export type ReadColumns = {
  columns: Map<string, Known>
  follows: Follows
  /** The joined statements that were made for it. */
  joined: Set<string>
  /** By source: what is run instead of its statement. Until something new is learnt. */
  planned: Map<string, Planned>
}

/** A statement together with those of what is asked for next. `sharing`: who looks up by it just now. */
export type Planned = { name: string; rootDb: Db; joined: Joined; targets: Expected[]; sharing: Sharing }
export type Expected = { target: Target; follows: Follow[] }

export type Known = {
  read: Set<string>
  /** How many more answers get whole rows, to see what they read. */
  answersToWatch: number
  watched: number
  /** What is selected by what is known; null when that has to be worked out anew. */
  narrowed: Narrowed | null
}

/** Names of columns: those of one name may differ from use to use, as a row's position does with the order. */
export type Narrowed = {
  selected: string[]
  missing: string[]
  /** Stands for the columns in names of statements. */
  suffix: string
}

/** One answer, while it is made. `lists`: all rows, and keys that rows were read by, to be let go of at its end. */
export type Reading = {
  known: ReadColumns
  /** Of `known` when it began: what is planned after others have learnt something new is lost. */
  planned: Map<string, Planned>
  chosen: Map<string, Chosen>
  ahead: Ahead
  lists: unknown[][]
}

export type Chosen = {
  narrowed: Narrowed
  /** Notes what is read of whole rows; null when nobody watches. */
  note: ((column: string) => void) | null
  hasRows: boolean
}

/** What is asked for by keys, with one statement. */
export type Target = {
  /** The same for all rows of that statement; under it is known what is asked for next. */
  source: string
  statement: Narrowable
  statements: Statements
  /** Keeps rows until somebody asks for them by one of the keys. */
  put(context: LoadContext, ahead: { keys: KeyColumns; rows: unknown[]; read: { isUsed: boolean } }): void
}

/** That values of a column are asked for elsewhere. `unused`: how often lately, more or less, nobody did. */
export type Follow = { column: string; target: Target; answers: number; unused: number }
/** By the source of the column, then by column and target. */
export type Follows = Map<string, Map<string, Follow>>

/** What one answer shows, and what was read ahead for it. */
export type Ahead = {
  /** Of watched rows: which value was read of which column. Null while none are. */
  origins: Map<string, { source: string; column: string }> | null
  watched: Map<string, { stem: string; rows: Record<string, unknown>[] }>
  asked: Map<string, Map<string, { column: string; target: Target; keys: Set<string> }>>
  read: Map<string, { follows: Follow[]; isUsed: boolean }>
}
