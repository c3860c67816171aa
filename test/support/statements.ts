/** What a pool is asked: texts, names and how many rows came back. */
import type pg from 'pg'

export type Statement = { text: string; name: string | undefined; rowCount: number }

/** Call it before the pool is used; `during(work)` gives the work's result and the statements that ran meanwhile. */
export function watchStatements(pool: pg.Pool) {
  let seen: Statement[] = []
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>
  pool.query = (async (given: string | { text: string; name?: string }, ...rest: unknown[]) => {
    const statement: Statement = {
      text: typeof given === 'string' ? given : given.text,
      name: typeof given === 'string' ? undefined : given.name || undefined,
      rowCount: 0,
    }
    seen.push(statement)
    const result = await query(given, ...rest)
    statement.rowCount = result.rows.length
    return result
  }) as never
  return {
    async during<Result>(work: () => Promise<Result>): Promise<{ result: Result; statements: Statement[] }> {
      seen = []
      const result = await work()
      return { result, statements: seen }
    },
  }
}
