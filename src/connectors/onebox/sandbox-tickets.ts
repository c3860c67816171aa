/**
 * Tickets of the desk in OneBox's wire format. Source of the fields: the samples of the vendor's API reference (SEEN).
 */
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import { channelOf, people } from './sandbox-people.ts'
import { clock, medias, never, priorities, statuses } from './sandbox-words.ts'

export function ticketRow(desk: Desk, ticket: DeskTicket) {
  const assignee = people(desk).find(({ id }) => id === ticket.assigneeId)
  return {
    Id: String(ticket.id),
    Requestor: desk.contacts.get(ticket.requesterId)?.name ?? null,
    Assignee: assignee?.name ?? null,
    Subject: ticket.subject,
    Description: ticket.description ?? '',
    Viewer: assignee ? String(assignee.id) : null,
    DueDate: null,
    CreateDate: clock(ticket.createdAt),
    ModifyDate: clock(ticket.updatedAt),
    Media: medias[channelOf(desk, ticket).type][1],
    Product: ticket.customFields.product ?? null,
    Region: ticket.customFields.region ?? null,
    Category: ticket.category,
    Status: statuses[ticket.status][1],
    Priority: ticket.priority && priorities[ticket.priority][1],
    Attachments: [],
    Tags: desk.tags
      .filter(({ id }) => ticket.tagIds.includes(id))
      .map(({ name }) => name)
      .join(','),
  }
}

export function ticketObject(desk: Desk, ticket: DeskTicket, siteId: string) {
  const assignee = people(desk).find(({ id }) => id === ticket.assigneeId)
  const first = ticket.messages[0]
  const closedAt = clock(ticket.resolvedAt)
  const resolver = ticket.resolvedAt ? String(ticket.assigneeId ?? 1) : null
  const unseen = Math.max(ticket.unreadCount, ticket.isReadByAgent ? 0 : 1)
  return {
    Id: String(ticket.id),
    SiteId: siteId,
    Requestor: String(ticket.requesterId),
    Assignee: null,
    Cc: null,
    Subject: ticket.subject,
    Content: first?.text ?? null,
    Description: ticket.description ?? '',
    Solution: null,
    Remarks: '',
    ProductId: null,
    ProjectId: null,
    RegionId: null,
    ContactId: String(ticket.requesterId),
    PriorityId: ticket.priority && priorities[ticket.priority][0],
    PriorityValue: '0',
    CategoryId: ticket.category && String(300 + (ticket.category.length % 100)) + ticket.category.charCodeAt(0),
    Progress: '0',
    OrganizationId: '245',
    BranchId: null,
    DueDate: null,
    ViewDate: null,
    OpenDate: clock(ticket.createdAt),
    OpenUser: assignee ? String(assignee.id) : null,
    ReOpenDate: clock(ticket.reopenedAt),
    SolveDate: null,
    CloseDate: closedAt,
    PendingDate: null,
    Comment: String(ticket.messages.length),
    Viewer: assignee ? String(assignee.id) : null,
    LocationId: null,
    MessageId: first ? String(first.id) : null,
    TypeId: 'TT1',
    MediaId: medias[channelOf(desk, ticket).type][0],
    StatusId: statuses[ticket.status][0],
    Responder: null,
    Handler: null,
    CommentDate: clock(ticket.messages.at(-1)?.at ?? null),
    UnseenComment: String(ticket.isReadByAgent ? 0 : unseen),
    IsAgentSaveContact: '1',
    ModifyDate: clock(ticket.updatedAt),
    ResponseTime: null,
    ResolutionTime:
      ticket.resolvedAt && String(Math.round((ticket.resolvedAt.getTime() - ticket.createdAt.getTime()) / 1000)),
    HandlingTime: null,
    WaitingTime: null,
    CloseUser: resolver,
    SolveUser: resolver,
    StatusDate: clock(ticket.statusChangedAt),
    Modifier: '1',
    Creator: '1',
    CreateDate: clock(ticket.createdAt),
    ExpireDate: never,
    AssignDate: null,
    AssigneeList: assignee ? String(assignee.id) : null,
    AssigneeTextList: assignee?.name ?? null,
  }
}
