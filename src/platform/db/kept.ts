/** Statements that are prepared once, by name. Made once per database, whatever workspaces it is asked for. */
import type { Db } from './client.ts'
import { madeQuick, type Quick, quickOf, runQuick } from './quick-statements.ts'
import { clientOn, onShare, rootOf } from './wall.ts'

type Preparable = { prepare(name: string): Statement }
type Statement = { execute(values: Record<string, unknown>): Promise<unknown[]> }

/** A statement prepared once per database. */
export function preparedPerDb<Statement extends object>(prepare: (db: Db) => Statement): (db: Db) => Statement {
  const statementOf = perDb((db) => madeQuick(prepare(db)))
  return (db) => onShare(db, statementOf(db))
}

/** Something made once per database, whatever workspaces it is asked for. */
export function perDb<Made extends object>(make: (db: Db) => Made): (db: Db) => Made {
  const all = new WeakMap<Db, Made>()
  return (db) => {
    const root = rootOf(db)
    let made = all.get(root)
    if (!made) {
      made = make(root)
      all.set(root, made)
    }
    return made
  }
}

export type Statements = ReturnType<typeof keepStatements>

/**
 * Runs statements whose text depends on what clients choose, and keeps those that have a name, which stands for the text.
 * @param most Every connection keeps every named statement: beyond this many, the rest run without a name.
 */
export function keepStatements(most: number) {
  const statementsOf = perDb(() => new Map<string, Statement>())
  return {
    /** `narrowed`: see `madeQuick`. */
    async run(
      db: Db,
      name: string | undefined,
      build: (db: Db) => unknown,
      values: Record<string, unknown>,
      narrowed?: { statement: string; missing: string[] },
    ): Promise<unknown[]> {
      const kept = statementsOf(db)
      let statement = name === undefined ? undefined : kept.get(name)
      if (!statement) {
        const isKept = name !== undefined && kept.size < most
        statement = madeQuick((build(rootOf(db)) as Preparable).prepare(isKept ? name : ''), narrowed)
        if (isKept) kept.set(name, statement)
      }
      const quick = quickOf(statement)
      return quick ? runQuick(quick, clientOn(db, quick.client), values) : onShare(db, statement).execute(values)
    },
    /** One that is kept, and has run; null where there is none, or its rows are not flat. */
    known(db: Db, name: string): Quick | null {
      const statement = statementsOf(db).get(name)
      const quick = statement ? quickOf(statement) : null
      return quick?.typeIds ? quick : null
    },
  }
}
