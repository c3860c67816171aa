/** What a test's database is asked, by the test and by requests: texts, names and how many rows came back. */
import type pg from 'pg'

export type Statement = { text: string; name: string | undefined; rowCount: number }

const listeners = new WeakMap<pg.Pool, Statement[]>()

/** `during(work)` gives the work's result and the statements that ran meanwhile, but for those of transactions. */
export function watchStatements(pool: pg.Pool) {
  return {
    async during<Result>(work: () => Promise<Result>): Promise<{ result: Result; statements: Statement[] }> {
      const statements: Statement[] = []
      listeners.set(pool, statements)
      const result = await work()
      return { result, statements }
    },
  }
}

/** Tells those who watch the pool of everything a connection is asked. */
export function tellOf(client: pg.ClientBase, pool: pg.Pool) {
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<pg.QueryResult> | undefined
  let isInTransaction = false
  client.query = ((given: string | { text: string; name?: string }, ...rest: unknown[]) => {
    const { text, name } = typeof given === 'string' ? { text: given, name: undefined } : given
    if (/^begin/.test(text)) isInTransaction = true
    const statement: Statement = { text, name: name || undefined, rowCount: 0 }
    if (!isInTransaction && !text.includes('set_config')) listeners.get(pool)?.push(statement)
    if (/^(commit|rollback$)/.test(text)) isInTransaction = false
    const noteRows = (result?: pg.QueryResult) => {
      statement.rowCount = result?.rows?.length ?? 0
    }
    const done = rest.at(-1)
    if (typeof done !== 'function')
      return query(given, ...rest)?.then((result) => {
        noteRows(result)
        return result
      })
    return query(given, ...rest.slice(0, -1), (error: Error | null, result?: pg.QueryResult) => {
      noteRows(result)
      done(error, result)
    })
  }) as never
}
