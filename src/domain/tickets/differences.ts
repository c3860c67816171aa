import { isDeepStrictEqual } from 'node:util'
import type { WholeTicket } from './table.ts'

/** How the copy was made, not what the ticket is. */
const BOOKKEEPING = new Set<keyof WholeTicket>([
  ...(['raw', 'contentHash', 'fetchedAt', 'seenInRound', 'vendorUpdatedAt', 'vanishedAt', 'version'] as const),
])

/** Where the graph calls a column, or what it belongs to, something else. */
const GRAPH_FIELDS: Partial<Record<keyof WholeTicket, string>> = {
  requesterId: 'requester',
  assigneeId: 'assignee',
  departmentId: 'department',
  createdById: 'createdBy',
  lastRepliedById: 'lastRepliedBy',
  resolvedById: 'resolvedBy',
  channelId: 'channel',
  channelAccountId: 'channelAccount',
  lastMessageChannelId: 'lastMessageChannel',
  lastMessageChannelAccountId: 'lastMessageChannelAccount',
  readStateSource: 'isReadByAgent',
  mergedIntoExternalId: 'mergedInto',
  mergedIntoId: 'mergedInto',
  responseCount: 'metrics',
  responseTimeSeconds: 'metrics',
  firstResponseTimeSeconds: 'metrics',
  resolutionTimeSeconds: 'metrics',
  slaState: 'sla',
}

/** Names of the graph's ticket fields in which two rows differ. */
export function changedFieldsOf(before: WholeTicket, after: WholeTicket): string[] {
  const names = Object.keys(after) as (keyof WholeTicket)[]
  const changed = names.filter((name) => !BOOKKEEPING.has(name) && !isSame(before[name], after[name]))
  return [...new Set(changed.map((name) => GRAPH_FIELDS[name] ?? name))]
}

/** By value; left-out keys count like in JSON. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
}
