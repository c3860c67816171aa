/** Which conversations changed. */
import type { Json } from '#connectors/contract.ts'
import { idOf, objectOf, timeOf } from '#connectors/reading.ts'
import type { Chatwoot } from './client.ts'

/**
 * `updated_within` returns everything at once. A server that does not know it (before 3.x) answers its usual first
 * page, seen by rows too old: then pages are read by latest activity down to `since`. Looks are not changes: reading a
 * conversation moves no time stamp, so read marks are only refreshed when something else happens or by a full round.
 */
export async function changedSince(client: Chatwoot, since: Date, now: Date): Promise<Json[]> {
  const seconds = Math.max(1, Math.ceil((now.getTime() - since.getTime()) / 1000))
  const { rows } = await client.conversationsWithin(seconds)
  const slackMs = 3_600_000
  const isIgnored = rows.some((row) => {
    const at = changedAt(row)
    return at !== null && at.getTime() < since.getTime() - slackMs
  })
  if (!isIgnored) return rows
  const found = new Map(rows.filter((row) => isSince(row, since)).map((row) => [idOf(objectOf(row)?.id), row]))
  for (let page = 1; page <= 100_000; page += 1) {
    const recent = (await client.conversations(page, 'last_activity_at_desc')).rows.filter((row) => isSince(row, since))
    const known = found.size
    for (const row of recent) found.set(idOf(objectOf(row)?.id), row)
    if (recent.length === 0 || (page > 1 && found.size === known)) break
  }
  return [...found.values()]
}

function isSince(row: Json, since: Date): boolean {
  const at = changedAt(row)
  return at === null || at >= since
}

function changedAt(row: Json): Date | null {
  const wire = objectOf(row)
  return timeOf(wire?.updated_at) ?? timeOf(wire?.last_activity_at) ?? timeOf(wire?.timestamp)
}
