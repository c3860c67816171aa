/** Writing tickets. Source: vendor's reference, Ticket (SEEN) unless marked. */
import type { JsonObject } from '#connectors/contract.ts'
import { addTicket } from '#connectors/sandbox/build.ts'
import { changeTicket, deleteTicket, mergeTicket, recycleTicket, restoreTicket } from '#connectors/sandbox/changes.ts'
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer } from '#connectors/sandbox/sandbox.ts'
import type { TicketStatus } from '#vocabulary.ts'
import { keepExtras } from './sandbox-extras.ts'
import {
  accountIn,
  agentIn,
  authorIn,
  channelIn,
  contactIn,
  departmentIn,
  isNobody,
  tagIn,
  ticketIn,
} from './sandbox-find.ts'
import { bodyOf, boolIn, listIn, need, textIn, wordIn } from './sandbox-input.ts'
import { created, ok, type Route, refuse, type Site } from './sandbox-site.ts'
import { ticketWire } from './sandbox-ticket.ts'
import { actorWords, priorityWords, statusWords } from './sandbox-words.ts'
import { writeMessage } from './sandbox-write-messages.ts'

export const ticketWrites: Route[] = [
  {
    method: 'POST',
    path: /^ticketing\/tickets$/,
    answer(site, request) {
      const body = bodyOf(request)
      const fields = fieldsIn(site.desk, body)
      const messages = listIn(body, 'messages')
      const ticket = addTicket(site.desk, { isReadByAgent: false, ...fields.desk })
      keepExtras(ticket, fields.extras)
      try {
        for (const message of messages) writeMessage(site, ticket, message)
      } catch (error) {
        deleteTicket(site.desk, ticket.id)
        throw error
      }
      // What the first messages did to the status gives way to what was asked for.
      if (fields.desk.status) changeTicket(site.desk, ticket.id, { status: fields.desk.status })
      return created(wireOf(site, ticket))
    },
  },
  {
    method: 'PUT',
    path: /^ticketing\/tickets\/(\d+)$/,
    answer(site, request, id) {
      const ticket = ticketIn(site.desk, id)
      // A merged ticket is only a pointer (ASSUMED).
      if (ticket.mergedIntoId !== null) refuse(`Ticket ${id} was merged and cannot be changed.`, 'TicketMerged')
      const body = bodyOf(request)
      const fields = fieldsIn(site.desk, body)
      const isReadByAgent = boolIn(body, 'isReadByAgent')
      const isInRecycleBin = boolIn(body, 'isInRecycleBin')
      changeTicket(site.desk, ticket.id, { ...fields.desk, ...(isReadByAgent === undefined ? {} : { isReadByAgent }) })
      keepExtras(ticket, fields.extras)
      if (isInRecycleBin !== undefined && isInRecycleBin !== ticket.isRecycled)
        (isInRecycleBin ? recycleTicket : restoreTicket)(site.desk, ticket.id)
      return ok(wireOf(site, ticket))
    },
  },
  {
    method: 'DELETE',
    path: /^ticketing\/tickets\/(\d+)$/,
    answer({ desk }, _request, id) {
      deleteTicket(desk, ticketIn(desk, id).id)
      return { status: 204 }
    },
  },
  {
    method: 'POST',
    path: /^ticketing\/tickets\/(\d+):merge$/,
    answer({ desk }, request, id) {
      const into = ticketIn(desk, id)
      const body = bodyOf(request)
      need(body, ['sourceId'])
      const from = ticketIn(desk, body.sourceId)
      if (from === into) refuse('A ticket cannot be merged into itself.')
      if (from.mergedIntoId !== null || into.mergedIntoId !== null)
        refuse('The ticket was merged before.', 'TicketMerged')
      // Whether the messages move is not documented: both threads stay where they are.
      mergeTicket(desk, { fromId: from.id, intoId: into.id })
      return noContent
    },
  },
  { method: 'POST', path: /^ticketing\/tickets\/(\d+):read$/, answer: (site, _request, id) => marked(site, id, true) },
  {
    method: 'POST',
    path: /^ticketing\/tickets\/(\d+):unread$/,
    answer: (site, _request, id) => marked(site, id, false),
  },
  {
    method: 'POST',
    path: /^ticketing\/tickets\/(\d+):recycle$/,
    answer({ desk }, _request, id) {
      recycleTicket(desk, ticketIn(desk, id).id)
      return noContent
    },
  },
]

/** "No Content" by its words, 200 by its status. */
const noContent: SandboxAnswer = { status: 200 }

function marked(site: Site, id: string, isRead: boolean): SandboxAnswer {
  const ticket = ticketIn(site.desk, id)
  const unread = ticket.messages.filter(({ type, isRead: seen }) => type === 'REPLY_INBOUND' && !seen).length
  changeTicket(site.desk, ticket.id, { isReadByAgent: isRead, unreadCount: isRead ? 0 : unread })
  return ok(wireOf(site, ticket))
}

const wireOf = ({ desk, origin }: Site, ticket: DeskTicket) =>
  ticketWire(desk, ticket, { includes: new Set(['ticketingTag', 'ticketingDraft']), origin })

const settableStatuses: Partial<Record<TicketStatus, string>> = { ...statusWords, UNKNOWN: undefined }

/** What is left out stays (ASSUMED); the zero GUID takes somebody away (ASSUMED, as the vendor writes "nobody" itself). */
function fieldsIn(desk: Desk, body: JsonObject) {
  need(body, ['subject', 'channelId', 'contactOrVisitorId'])
  const requester = contactIn(desk, body.contactOrVisitorId, 'contactOrVisitorId')
  const kind = wordIn(body, 'contactOrVisitorType', actorWords)
  if (kind !== undefined && kind !== requester.type) refuse(`contactOrVisitorId is no ${body.contactOrVisitorType}.`)
  const assigneeType = wordIn(body, 'assigneeType', { AGENT: 'agent', CHATBOT: 'chatbot' })
  const wanted: Partial<DeskTicket> = {
    subject: textIn(body, 'subject'),
    channelId: channelIn(desk, body.channelId).id,
    requesterId: requester.id,
    status: wordIn(body, 'status', settableStatuses),
    priority: wordIn(body, 'priority', priorityWords),
    language: textIn(body, 'contactLanguage'),
  }
  if (body.assigneeId != null) {
    const agent = isNobody(body.assigneeId) ? null : agentIn(desk, body.assigneeId, 'assigneeId')
    if (agent && assigneeType && desk.bots.includes(agent) !== (assigneeType === 'CHATBOT'))
      refuse(`assigneeId is no ${body.assigneeType}.`)
    wanted.assigneeId = agent?.id ?? null
  }
  if (body.departmentAssigneeId != null)
    wanted.departmentId = isNobody(body.departmentAssigneeId) ? null : departmentIn(desk, body.departmentAssigneeId).id
  if (body.tagIds != null)
    wanted.tagIds = (listIn(body, 'tagIds') as unknown[]).map(
      (id) => tagIn(desk, id)?.id ?? refuse('tagIds has an id that is no tag.'),
    )
  const extras = {
    originalConversationId: textIn(body, 'originalConversationId'),
    accountId:
      body.channelAccountId == null || isNobody(body.channelAccountId)
        ? undefined
        : accountIn(desk, body.channelAccountId).id,
    agentLanguage: textIn(body, 'agentLanguage'),
    isAutoTranslationOn: boolIn(body, 'autoTranslationStatus'),
    createdBy:
      body.createdById == null
        ? undefined
        : authorIn(desk, body.createdById, body.createdByType ?? 'agent', 'createdById'),
  }
  const said = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
  return { desk: said as Partial<DeskTicket>, extras }
}
