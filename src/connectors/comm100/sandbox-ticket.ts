/** Tickets and drafts in Comm100's wire format. */
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import { eventsWire } from './sandbox-events.ts'
import { extrasOf, postedOf } from './sandbox-extras.ts'
import { attachmentWire, mentionsWire, messageWire } from './sandbox-message.ts'
import { agentWire, authorWire, contactWire, departmentWire, tagWire } from './sandbox-people.ts'
import {
  actorWords,
  authorId,
  channelOf,
  channelWords,
  conversationOf,
  encoded,
  fieldId,
  guid,
  isMessage,
  isNote,
  priorityWords,
  shouted,
  statusWords,
  time,
  zeroGuid,
} from './sandbox-words.ts'

type Includes = ReadonlySet<string>

export function ticketWire(
  desk: Desk,
  ticket: DeskTicket,
  { includes, origin }: { includes: Includes; origin: string },
) {
  const messages = ticket.messages.filter(isMessage)
  const last = messages.at(-1)
  const replies = messages.filter((message) => !message.isSystemLine)
  const lastReply = replies.at(-1)
  const channel = channelOf(desk, ticket.channelId)
  const contact = desk.contacts.get(ticket.requesterId)
  const isBot = desk.bots.some(({ id }) => id === ticket.assigneeId)
  const assignee =
    ticket.assigneeId === null ? null : [...desk.agents, ...desk.bots].find(({ id }) => id === ticket.assigneeId)
  const extras = extrasOf(ticket)
  const opener = extras.createdBy ?? messages[0]?.author
  const firstAnswer = replies.find((message) => message.author.type === 'AGENT')
  const resolver =
    ticket.resolvedAt === null
      ? null
      : (desk.agents.find(({ id }) => id === ticket.assigneeId) ?? desk.agents[0] ?? null)
  const locale = messages.find((message) => message.translation)?.translation?.locale
  const lastChannelName = last ? postedOf(last)?.channelId : undefined
  const lastChannel = desk.channels.find(({ type }) => channelWords[type] === lastChannelName) ?? channel
  const accountId = channel ? guid('account', extras.accountId ?? channel.account.id) : zeroGuid
  const wire: Record<string, unknown> = {
    id: ticket.id,
    subject: ticket.subject,
    originalConversationId: conversationOf(ticket),
    assigneeId: ticket.assigneeId === null ? zeroGuid : shouted(guid('agent', ticket.assigneeId)),
    departmentAssigneeId: ticket.departmentId === null ? zeroGuid : shouted(guid('department', ticket.departmentId)),
    channelId: shouted(guid('channel', ticket.channelId)),
    channelAccountId: accountId,
    lastMessageId: last ? shouted(guid('message', last.id)) : zeroGuid,
    lastMessageChannelId: lastChannel ? shouted(guid('channel', lastChannel.id)) : zeroGuid,
    lastMessageChannelAccountId: lastChannel ? guid('account', lastChannel.account.id) : zeroGuid,
    contactOrVisitorId: shouted(guid('contact', ticket.requesterId)),
    createdById: authorId(opener ?? null),
    lastRepliedById: authorId(lastReply?.author ?? null),
    resolvedById: resolver ? guid('agent', resolver.id) : zeroGuid,
    assigneeType: ticket.assigneeId === null ? 'none' : isBot ? 'chatbot' : 'agent',
    contactOrVisitorType: contact?.type === 'VISITOR' ? 'visitor' : 'contact',
    status: statusWords[ticket.status],
    priority: priorityWords[ticket.priority ?? 'NORMAL'],
    createdByType: opener ? actorWords[opener.type] : 'none',
    lastRepliedByType: lastReply ? actorWords[lastReply.author.type] : 'none',
    resolvedByType: resolver ? 'agent' : 'none',
    isReadByAgent: ticket.isReadByAgent,
    isReadByContact: ticket.isReadByContact,
    ifHasDraft: ticket.draft !== null,
    mergedToTargetId: ticket.mergedIntoId ?? 0,
    totalReplies: replies.length,
    createdTime: time(ticket.createdAt),
    lastUpdatedTime: time(ticket.updatedAt),
    lastRepliedTime: time(lastReply?.at ?? null),
    lastStatusChangedTime: time(ticket.statusChangedAt),
    resolvedTime: time(ticket.resolvedAt),
    isInRecycleBin: ticket.isRecycled,
    reopenedTime: time(ticket.reopenedAt),
    contactLanguage: ticket.language,
    agentLanguage: extras.agentLanguage ?? locale ?? '',
    autoTranslationStatus: extras.isAutoTranslationOn ?? locale !== undefined,
    responseTimeSpan: spanSeconds(ticket.createdAt, firstAnswer?.at),
    replyingAgent: isBot ? 'botOnly' : '',
    responseCount: replies.filter((message) => message.author.type === 'AGENT').length,
    resolvedTimeSpan: spanSeconds(ticket.createdAt, ticket.resolvedAt ?? undefined),
    firstResponseTimeSpan: spanSeconds(ticket.createdAt, firstAnswer?.at),
    noteMentions: ticket.messages.filter(isNote).flatMap(mentionsWire(ticket.id)),
    tagIds: ticket.tagIds.map((id) => shouted(guid('tag', id))),
  }
  if (Object.keys(ticket.customFields).length > 0) {
    wire.customFields = Object.fromEntries(
      Object.entries(ticket.customFields).map(([name, value]) => [fieldId(name).replaceAll('-', ''), value]),
    )
  }
  if (includes.has('ticketingTag'))
    wire.tags = ticket.tagIds.flatMap((id) => desk.tags.filter((tag) => tag.id === id).map(tagWire))
  if (includes.has('ticketingDraft')) wire.draft = draftWire(ticket, origin)
  if (includes.has('ticketingMessage'))
    wire.messages = messages.map((message) => messageWire(desk, ticket, message, origin))
  if (includes.has('lastMessage')) wire.lastMessage = last ? messageWire(desk, ticket, last, origin) : null
  if (includes.has('contactOrVisitor')) wire.contactOrVisitor = contact ? contactWire(contact, true) : null
  if (includes.has('assignee')) wire.assignee = assignee ? agentWire(assignee) : null
  if (includes.has('departmentAssignee'))
    wire.departmentAssignee =
      desk.departments.filter(({ id }) => id === ticket.departmentId).map(departmentWire)[0] ?? null
  if (includes.has('createdBy')) wire.createdBy = authorWire(desk, opener ?? null)
  if (includes.has('lastRepliedBy')) wire.lastRepliedBy = authorWire(desk, lastReply?.author ?? null)
  if (includes.has('ticketingEventLog')) wire.ticketingEventLog = eventsWire(ticket)
  return wire
}

/** A draft that was written through the interface comes back with the metadata it was given. */
export function draftWire(ticket: DeskTicket, origin: string) {
  const { draft } = ticket
  if (!draft) return null
  const cc = draft.cc.map((address) => `${address};`).join('')
  return {
    ticketId: String(ticket.id),
    body: encoded(draft.html ?? draft.text, 1),
    metadata: draft.clientData ?? {
      channel: null,
      source: null,
      decoration: {
        files: null,
        location: null,
        buttons: null,
        quickReplies: null,
        email: {
          from: null,
          to: null,
          cc: cc || null,
          bcc: null,
          subject: draft.subject,
          quote: draft.quote,
          ifHasAttachmentNotReceived: false,
        },
      },
      context: null,
    },
    lastUpdatedById: guid('agent', draft.authorId),
    lastUpdatedTime: time(draft.updatedAt),
    type: draft.html === null ? 'text' : 'html',
    attachments: (draft.attachments ?? []).map((attachment) => attachmentWire(ticket, attachment, origin)),
  }
}

function spanSeconds(from: Date, to: Date | undefined): number {
  return to ? Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000)) : 0
}
