import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'

const TABLES = [
  'actors',
  'tickets',
  'conversations',
  'messages',
  'email_addresses',
  'attachments',
  'ticket_tags',
  'changes',
]
const FIRST_AT_ROWS = 200
const THEN_TIMES = 8

/**
 * Tells Postgres how big the tables have become, at 200, 1,600, 12,800 … new messages. On empty tables all indexes cost
 * the same; the plan that checks a foreign key is made then and kept, and with it every check reads all tickets
 * (20,000 messages: 1,800 a second, with this 4,500). Autovacuum would see to it, but only after a minute.
 */
export function growingStatistics(db: Db): (newMessages: number) => void {
  let total = 0
  let next = FIRST_AT_ROWS
  return (newMessages) => {
    total += newMessages
    if (total < next) return
    while (next <= total) next *= THEN_TIMES
    void analyzeOnce(db)
  }
}

const underWay = new WeakMap<Db, Promise<unknown>>()

/** Several backends grow at once and one look at the tables serves them all; nobody waits for it. */
function analyzeOnce(db: Db): Promise<unknown> {
  const running = underWay.get(db)
  if (running) return running
  // A role that does not own the tables gets a warning; a time-out costs only speed: autovacuum comes by as well.
  const analysis = db
    .execute(sql.raw(`analyze ${TABLES.join(', ')}`))
    .catch(() => {})
    .finally(() => underWay.delete(db))
  underWay.set(db, analysis)
  return analysis
}
