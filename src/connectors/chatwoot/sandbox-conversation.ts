/** The sandbox's conversations: their wire form, the list's filters, orders and counts. */
import { type Desk, type DeskMessage, type DeskTicket, guidOf } from '#connectors/sandbox/desk.ts'
import { messageEvent, visibleMessages } from './sandbox-message.ts'
import { assigneeWire, botWire, channelKind, contactRow, seconds, type World } from './sandbox-people.ts'

const statusOf: Record<DeskTicket['status'], string> = {
  NEW: 'pending',
  PENDING_INTERNAL: 'open',
  PENDING_EXTERNAL: 'open',
  ON_HOLD: 'snoozed',
  RESOLVED: 'resolved',
  UNKNOWN: 'open',
}
const priorityOf = { URGENT: 'urgent', HIGH: 'high', NORMAL: 'medium', LOW: 'low' } as const
const priorityRank = { URGENT: 3, HIGH: 2, NORMAL: 1, LOW: 0 } as const

export function conversationWire(world: World, ticket: DeskTicket): Record<string, unknown> {
  const { desk, accountId } = world
  const channel = world.channelOf(ticket)
  const contact = desk.contacts.get(ticket.requesterId)
  const agent = world.agentOf(ticket.assigneeId)
  const bot = agent ? undefined : world.botOf(ticket.assigneeId)
  const team = desk.departments.find(({ id }) => id === ticket.departmentId)
  const messages = visibleMessages(ticket)
  const last = messages.at(-1)
  const lastSpoken = messages.findLast(({ isSystemLine }) => !isSystemLine)
  const lastActivityAt = last?.at ?? ticket.createdAt
  return {
    meta: {
      ...(contact ? { sender: contactRow(contact) } : {}),
      channel: channelKind(channel),
      // Absent, not null, when nobody has it (SEEN).
      ...(agent ? { assignee: assigneeWire(world, agent), assignee_type: 'User' } : {}),
      ...(bot ? { assignee: botWire(bot), assignee_type: 'AgentBot' } : {}),
      ...(team
        ? { team: { id: team.id, name: team.name, description: null, account_id: accountId, is_member: false } }
        : {}),
      hmac_verified: false,
    },
    id: ticket.id,
    // The last message only, whatever the documentation says (SEEN).
    messages: last ? [messageEvent(world, ticket, last)] : [],
    account_id: accountId,
    uuid: guidOf('conversation', ticket.id),
    additional_attributes: {
      ...(channel?.type === 'EMAIL' ? { mail_subject: ticket.subject, source: 'email' } : {}),
      conversation_language: ticket.language,
      ...world.additional.get(ticket.id),
    },
    agent_last_seen_at: seconds(agentSeenAt(ticket, last)),
    assignee_last_seen_at: seconds(ticket.isReadByAgent && agent && last ? last.at : null),
    can_reply: ticket.canReply,
    contact_last_seen_at: contactSeenAt(messages, ticket.isReadByContact),
    custom_attributes: ticket.customFields,
    inbox_id: ticket.channelId,
    labels: labelsOf(desk, ticket),
    muted: ticket.isMuted,
    snoozed_until: ticket.snoozedUntil?.toISOString() ?? null,
    status: statusOf[ticket.status],
    created_at: seconds(ticket.createdAt),
    updated_at: ticket.updatedAt.getTime() / 1000,
    timestamp: seconds(lastActivityAt),
    first_reply_created_at: seconds(messages.find(isFirstReply)?.at ?? null),
    unread_count: unreadOf(ticket),
    last_non_activity_message: lastSpoken ? messageEvent(world, ticket, lastSpoken) : null,
    last_activity_at: seconds(lastActivityAt),
    priority: ticket.priority ? priorityOf[ticket.priority] : null,
    waiting_since: seconds(waitingSince(messages)),
    sla_policy_id: null,
  }
}

export function labelsOf(desk: Desk, ticket: DeskTicket): string[] {
  return ticket.tagIds.flatMap((id) => desk.tags.find((tag) => tag.id === id)?.name ?? [])
}

/** Counted on ten messages at most (SEEN). */
function unreadOf(ticket: DeskTicket): number {
  return ticket.isReadByAgent ? 0 : Math.min(10, Math.max(1, ticket.unreadCount))
}

function isFirstReply({ type, author }: DeskMessage): boolean {
  return type === 'REPLY_OUTBOUND' && author.type === 'AGENT'
}

function agentSeenAt(ticket: DeskTicket, last: DeskMessage | undefined): Date | null {
  if (ticket.isReadByAgent) return last?.at ?? ticket.createdAt
  return ticket.messages.findLast(({ type, isRead }) => type === 'REPLY_INBOUND' && isRead)?.at ?? null
}

/** Just before our last answer when the contact has not seen that one. */
function contactSeenAt(messages: DeskMessage[], isRead: boolean): number {
  const answer = messages.findLast(({ type }) => type === 'REPLY_OUTBOUND')
  if (!answer) return isRead ? seconds(messages.at(-1)?.at ?? null) : 0
  return isRead ? seconds(answer.at) : Math.max(0, seconds(answer.at) - 1)
}

/** The first message of the contact that nobody has answered. */
function waitingSince(messages: DeskMessage[]): Date | null {
  let first: Date | null = null
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index] as DeskMessage
    if (message.type === 'REPLY_OUTBOUND') break
    if (message.type === 'REPLY_INBOUND') first = message.at
  }
  return first
}

// ------------------------------------------------------------------ the list

const perPage = 25

type Order = (a: DeskTicket, b: DeskTicket) => number
const activity = (ticket: DeskTicket) => (ticket.messages.at(-1)?.at ?? ticket.createdAt).getTime()
const priority = (ticket: DeskTicket) => (ticket.priority ? priorityRank[ticket.priority] : -1)
const created: Order = (a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.id - b.id
const orders: Record<string, Order> = {
  last_activity_at_asc: (a, b) => activity(a) - activity(b),
  last_activity_at_desc: (a, b) => activity(b) - activity(a),
  created_at_asc: created,
  created_at_desc: (a, b) => created(b, a),
  priority_asc: (a, b) => priority(a) - priority(b),
  priority_desc: (a, b) => priority(b) - priority(a),
  priority_desc_created_at_asc: (a, b) => priority(b) - priority(a) || created(a, b),
  waiting_since_asc: (a, b) =>
    (waitingSince(a.messages)?.getTime() ?? Number.POSITIVE_INFINITY) -
    (waitingSince(b.messages)?.getTime() ?? Number.POSITIVE_INFINITY),
  waiting_since_desc: (a, b) => (waitingSince(b.messages)?.getTime() ?? 0) - (waitingSince(a.messages)?.getTime() ?? 0),
}

/** Lists stay sorted by creation between requests; only other orders are sorted anew. */
export function openList(world: World) {
  let byCreation: DeskTicket[] = []
  const all = () => {
    if (byCreation.length !== world.desk.tickets.size) byCreation = [...world.desk.tickets.values()].sort(created)
    return byCreation
  }

  /** The default status is `open`; `q` looks everywhere (SEEN). */
  function matching(query: URLSearchParams): DeskTicket[] {
    const status = query.get('status') ?? 'open'
    const text = query.get('q')?.toLowerCase() ?? null
    const labels = [...query.getAll('labels[]'), ...query.getAll('labels')]
    const numberOf = (name: string) => (query.get(name) ? Number(query.get(name)) : null)
    const [inboxId, teamId, within] = [numberOf('inbox_id'), numberOf('team_id'), numberOf('updated_within')]
    const since = within === null ? null : world.desk.now().getTime() - within * 1000
    return all().filter(
      (ticket) =>
        (text !== null || status === 'all' || statusOf[ticket.status] === status) &&
        (inboxId === null || ticket.channelId === inboxId) &&
        (teamId === null || ticket.departmentId === teamId) &&
        (since === null || ticket.updatedAt.getTime() > since) &&
        (labels.length === 0 || labelsOf(world.desk, ticket).some((label) => labels.includes(label))) &&
        (text === null ||
          ticket.messages.some((message) => isSpoken(message) && message.text.toLowerCase().includes(text))),
    )
  }

  function countsOf(tickets: DeskTicket[], userId: number | null) {
    const mine = tickets.filter((ticket) => userId !== null && ticket.assigneeId === userId).length
    const unassigned = tickets.filter((ticket) => !isAssigned(world, ticket)).length
    return {
      mine_count: mine,
      assigned_count: tickets.length - unassigned,
      unassigned_count: unassigned,
      all_count: tickets.length,
    }
  }

  return {
    /** After a change: one made and one deleted leave the number as it was. */
    forget() {
      byCreation = []
    },
    counts: (query: URLSearchParams, userId: number | null) => countsOf(matching(query), userId),
    /** `updated_within` turns paging off (SEEN); otherwise 25 a page, and the page number is not said back. */
    page(query: URLSearchParams, userId: number | null) {
      const tickets = matching(query)
      const counts = countsOf(tickets, userId)
      const chosen = byAssignee(world, tickets, query.get('assignee_type'), userId)
      const name = query.get('sort_by') ?? 'last_activity_at_desc'
      const order = orders[name] ?? (orders.last_activity_at_desc as Order)
      const sorted = order === created ? chosen : chosen.toSorted(order)
      const rows = query.get('updated_within') ? sorted : pageOf(sorted, query.get('page'), perPage)
      return { counts, rows: rows.map((ticket) => conversationWire(world, ticket)) }
    },
    /** `POST /conversations/filter`; throws an Error with the vendor's words for what it does not know. */
    filter(conditions: Condition[], page: string | null, userId: number | null) {
      const tickets = all()
        .filter((ticket) => isMatch(world, ticket, conditions))
        .reverse()
      return {
        counts: countsOf(tickets, userId),
        rows: pageOf(tickets, page, perPage).map((ticket) => conversationWire(world, ticket)),
      }
    },
  }
}

/** Kaminari: anything that is no positive number means the first page. */
export function pageOf<Item>(items: Item[], page: string | null, size: number): Item[] {
  const number = Math.max(1, Number.parseInt(page ?? '1', 10) || 1)
  return items.slice((number - 1) * size, number * size)
}

function isSpoken({ isSystemLine, type }: DeskMessage): boolean {
  return !isSystemLine && type !== 'SUGGESTED_REPLY'
}

function isAssigned(world: World, ticket: DeskTicket): boolean {
  return world.agentOf(ticket.assigneeId) !== undefined
}

function byAssignee(world: World, tickets: DeskTicket[], type: string | null, userId: number | null): DeskTicket[] {
  if (type === 'me') return tickets.filter(({ assigneeId }) => assigneeId === userId)
  if (type === 'assigned') return tickets.filter((ticket) => isAssigned(world, ticket))
  return type === 'unassigned' ? tickets.filter((ticket) => !isAssigned(world, ticket)) : tickets
}

export type Condition = {
  attribute_key?: string
  filter_operator?: string
  values?: unknown
  query_operator?: string | null
}

const valuesOfKey: Record<string, (world: World, ticket: DeskTicket) => (string | number | null)[]> = {
  status: (_, ticket) => [statusOf[ticket.status]],
  priority: (_, ticket) => [ticket.priority ? priorityOf[ticket.priority] : null],
  assignee_id: (_, ticket) => [ticket.assigneeId],
  inbox_id: (_, ticket) => [ticket.channelId],
  team_id: (_, ticket) => [ticket.departmentId],
  display_id: (_, ticket) => [ticket.id],
  labels: ({ desk }, ticket) => labelsOf(desk, ticket),
}

function isMatch(world: World, ticket: DeskTicket, conditions: Condition[]): boolean {
  let result = true
  let operator = 'and'
  for (const condition of conditions) {
    const is = isTrue(world, ticket, condition)
    result = operator === 'or' ? result || is : result && is
    operator = (condition.query_operator ?? 'and').toLowerCase()
  }
  return result
}

function isTrue(
  world: World,
  ticket: DeskTicket,
  { attribute_key: key = '', filter_operator: operator, values }: Condition,
): boolean {
  const read = valuesOfKey[key]
  if (!read)
    throw new Error(
      `Invalid attribute key - [${key}]. The key should be one of [${Object.keys(valuesOfKey).join(',')}] or a custom attribute defined in the account.`,
    )
  const have = read(world, ticket)
    .filter((value) => value !== null)
    .map(String)
  const wanted = (Array.isArray(values) ? values : [values]).map(String)
  const has = wanted.includes('all') || have.some((value) => wanted.includes(value))
  switch (operator) {
    case 'equal_to':
      return has
    case 'not_equal_to':
      return !has
    case 'is_present':
      return have.length > 0
    case 'is_not_present':
      return have.length === 0
    default:
      throw new Error(
        `Invalid operator. The allowed operators for ${key} are [equal_to,not_equal_to,is_present,is_not_present].`,
      )
  }
}
