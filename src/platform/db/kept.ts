/** Statements whose text depends on what clients choose, kept prepared by a name that stands for the text. */
import { hash } from 'node:crypto'
import type { Db } from './client.ts'
import { withFastRows } from './fast-rows.ts'
import { perDb } from './loader.ts'
import { onShare, rootOf } from './wall.ts'

type Preparable = { prepare(name: string): Statement }
type Statement = { execute(values: Record<string, unknown>): Promise<unknown[]> }

/**
 * Runs statements, and keeps those that have a name.
 * @param most Every connection keeps every named statement: beyond this many, the rest run without a name.
 */
export function keepStatements(most: number) {
  const statementsOf = perDb(() => new Map<string, Statement>())
  return async (
    db: Db,
    name: string | undefined,
    build: (db: Db) => unknown,
    values: Record<string, unknown>,
  ): Promise<unknown[]> => {
    const kept = statementsOf(db)
    const known = name && kept.get(name)
    if (known) return onShare(db, known).execute(values)
    const isKept = name !== undefined && kept.size < most
    const statement = withFastRows((build(rootOf(db)) as Preparable).prepare(isKept ? name : ''))
    if (isKept) kept.set(name, statement)
    return onShare(db, statement).execute(values)
  }
}

/** For names: Postgres cuts them at 63 bytes. */
export function digestOf(text: string): string {
  return hash('md5', text, 'hex').slice(0, 12)
}
