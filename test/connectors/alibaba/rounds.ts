/** Runs whole rounds, as the sync does. */
import { type Cursor, type Page, type Records, records, type Session } from '#connectors/contract.ts'

export type Round = { records: Records; cursor: Cursor; pages: Page[] }

export async function runRound(session: Session, start: Cursor | null): Promise<Round> {
  const all = records()
  const pages: Page[] = []
  let cursor = start
  for (;;) {
    // As Postgres would give it back.
    const page: Page = await session.pull(cursor === null ? null : JSON.parse(JSON.stringify(cursor)))
    pages.push(page)
    for (const key of Object.keys(all) as (keyof Records)[]) all[key].push(...(page.records[key] as never[]))
    cursor = page.cursor
    if (!page.hasMore) return { records: all, cursor, pages }
    if (pages.length > 500) throw new Error('the round does not end')
  }
}

export function messagesIn({ tickets }: Records) {
  return tickets.flatMap(({ conversations }) => conversations.flatMap(({ messages }) => messages))
}
