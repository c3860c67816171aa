/** The parts of a ticket that a change may be under way for, and the columns each stands for. */
import type { WholeTicket } from './table.ts'

export const columnsOfField = {
  subject: ['subject'],
  status: ['status', 'statusDetail', 'lastStatusChangedAt', 'resolvedAt', 'resolvedById', 'reopenedAt'],
  priority: ['priority', 'priorityDetail'],
  category: ['category'],
  assignee: ['assigneeId'],
  department: ['departmentId'],
  requester: ['requesterId'],
  channel: ['channelId'],
  channelAccount: ['channelAccountId'],
  snoozedUntil: ['snoozedUntil'],
  contactLanguage: ['contactLanguage'],
  agentLanguage: ['agentLanguage'],
  isAutoTranslationOn: ['isAutoTranslationOn'],
  replyingAgentMode: ['replyingAgentMode'],
  isSpam: ['isSpam'],
  customFields: ['customFields'],
  /** Rows of their own, see `ticket_tags`. */
  tags: [],
  readState: ['isReadByAgent', 'isReadByContact', 'unreadMessageCount', 'readStateSource'],
  recycling: ['isRecycled', 'recycledAt'],
  merging: ['mergedIntoId', 'mergedIntoExternalId', 'isThreadMoved'],
  /** What an answer of ours does to its ticket. */
  lastReply: ['lastRepliedAt', 'lastRepliedById', 'firstRepliedAt', 'waitingSince', 'lastActivityAt', 'isReadByAgent'],
  /** Its drafts are rows of their own. */
  draft: ['hasDraft'],
  /** Its conversations: muting, what was seen. */
  conversations: [],
  /** Its being there at all. */
  existence: ['vanishedAt'],
} as const satisfies Record<string, readonly (keyof WholeTicket)[]>

export type PendingField = keyof typeof columnsOfField

/** The row as it would become, but with what a change of ours is under way for as it is. */
export function keepingFields(before: WholeTicket, after: WholeTicket, fields: Iterable<PendingField>): WholeTicket {
  const kept: Record<string, unknown> = {}
  for (const field of fields) for (const column of columnsOfField[field]) kept[column] = before[column]
  return { ...after, ...kept }
}
