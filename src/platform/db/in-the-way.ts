import { DrizzleQueryError } from 'drizzle-orm'
import pg from 'pg'

const ATTEMPTS = 5
/** Deadlock, a lock that did not come in time, a serialization that failed. */
const inTheWay = new Set(['40P01', '55P03', '40001'])

/**
 * Does it again when another process was in the way: several start at once on a new database, and one raises the wall
 * while another registers its help desks. `work` is one transaction.
 */
export async function againWhenInTheWay<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const cause = error instanceof DrizzleQueryError ? error.cause : error
      const isInTheWay = cause instanceof pg.DatabaseError && inTheWay.has(cause.code ?? '')
      if (!isInTheWay || attempt === ATTEMPTS) throw error
    }
  }
}
