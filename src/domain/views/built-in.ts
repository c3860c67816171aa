/** Views that every agent has. They are code, not rows; their ids follow from the workspace, so links to them last. */
import { v5 as uuidv5 } from 'uuid'
import type { TicketFilterInput } from '#domain/tickets/filter.ts'

type BuiltIn = { key: string; name: string; icon: string; filter: TicketFilterInput }

/** The key makes the id: it never changes. */
const builtIns: BuiltIn[] = [
  { key: 'mine', name: 'Mine', icon: 'user', filter: { assignedToMe: true, statusCategory: ['OPEN', 'WAITING'] } },
  {
    key: 'unassigned',
    name: 'Unassigned',
    icon: 'inbox',
    filter: { isAssigned: false, statusCategory: ['OPEN', 'WAITING'] },
  },
  { key: 'unread', name: 'Unread', icon: 'mail', filter: { isUnread: true } },
  { key: 'mentions', name: 'Mentions', icon: 'at', filter: { hasUnreadMention: true } },
  { key: 'following', name: 'Following', icon: 'eye', filter: { isFollowed: true } },
  { key: 'open', name: 'All open', icon: 'list', filter: { statusCategory: ['OPEN', 'WAITING'] } },
  { key: 'spam', name: 'Spam', icon: 'ban', filter: { isSpam: true } },
  { key: 'recycle-bin', name: 'Recycle bin', icon: 'trash', filter: { isRecycled: true } },
]

export function builtInViews(workspaceId: string): (Omit<BuiltIn, 'key'> & { id: string })[] {
  return builtIns.map(({ key, ...view }) => ({ ...view, id: uuidv5(`view ${key}`, workspaceId) }))
}
