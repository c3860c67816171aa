/**
 * The sandbox's endpoints that write: messages, their state, and new conversations. Source: MessagesController,
 * MessageBuilder, ConversationsController, ConversationBuilder and ContactInboxBuilder (SEEN).
 */
import { addMessage, addTicket } from '#connectors/sandbox/build.ts'
import { changeMessage, deleteMessage, openTicket, resendMessage } from '#connectors/sandbox/changes.ts'
import type { DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer } from '#connectors/sandbox/sandbox.ts'
import type { DeliveryStatus } from '#vocabulary.ts'
import { statusIn } from './sandbox-change-conversation.ts'
import { conversationWire } from './sandbox-conversation.ts'
import { messageRow } from './sandbox-message.ts'
import { newMessageFrom } from './sandbox-new-message.ts'
import { paramsIn } from './sandbox-params.ts'
import { channelKind, type World } from './sandbox-people.ts'
import { type Context, crash, invalid, notFound, ok, type Route, unprocessable } from './sandbox-route.ts'

export function messageChanges(world: World, forget: () => void): Route[] {
  const { desk } = world
  const onMessage = (
    method: string,
    name: string,
    answer: (place: Place, context: Context) => SandboxAnswer,
  ): Route => ({
    method,
    path: new RegExp(`^/conversations/(\\d+)/messages/(\\d+)${name}$`),
    answer(context) {
      const ticket = desk.tickets.get(context.id)
      const message = ticket?.messages.find(({ id }) => id === context.secondId)
      if (!ticket || !message) return notFound
      return answer({ ticketId: ticket.id, messageId: message.id, ticket, message }, context)
    },
  })
  const row = ({ ticket, message }: Place) => ok(messageRow(world, ticket, message))

  return [
    { method: 'POST', path: /^\/conversations$/, answer: (context) => created(world, context, forget) },
    {
      method: 'POST',
      path: /^\/conversations\/(\d+)\/messages$/,
      answer({ id, params, user }) {
        const ticket = desk.tickets.get(id)
        if (!ticket) return notFound
        const made = newMessageFrom(world, ticket, params, user)
        if (typeof made === 'string') return unprocessable(made)
        const echo = params.echo_id === undefined ? {} : { echo_id: params.echo_id }
        return ok({ ...messageRow(world, ticket, addMessage(desk, { ...made, ticketId: ticket.id })), ...echo })
      },
    },
    onMessage('DELETE', '', (place) => {
      deleteMessage(desk, place)
      return row(place)
    }),
    onMessage('POST', '/retry', (place) => {
      const word = place.message.delivery?.status
      if (word === 'FAILED' || word === 'BOUNCED') resendMessage(desk, place)
      return row(place)
    }),
    onMessage('PATCH', '', (place, { params }) => {
      if (world.channelOf(place.ticket)?.type !== 'API')
        return { status: 403, body: { error: 'Message status update is only allowed for API inboxes' } }
      const status = deliveryIn[String(params.status)]
      if (!status) return crash
      const failReason = status === 'FAILED' ? String(params.external_error ?? '') || null : null
      changeMessage(desk, place, { delivery: { status, failReason, retryCount: 0 } })
      return row(place)
    }),
  ]
}

type Place = { ticketId: number; messageId: number; ticket: DeskTicket; message: DeskMessage }

const deliveryIn: Record<string, DeliveryStatus> = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  read: 'READ',
  failed: 'FAILED',
}

/** How a contact is reached in an inbox; other kinds only know who wrote first. */
const reachedBy: Record<string, 'email' | 'phone' | 'session'> = {
  'Channel::Email': 'email',
  'Channel::Sms': 'phone',
  'Channel::TwilioSms': 'phone',
  'Channel::Whatsapp': 'phone',
  'Channel::Api': 'session',
  'Channel::WebWidget': 'session',
}

function created(world: World, { params, user }: Context, forget: () => void): SandboxAnswer {
  const { desk } = world
  const channel = desk.channels.find(({ id }) => id === Number(params.inbox_id))
  const contact = desk.contacts.get(Number(params.contact_id))
  if (!channel || !contact) return notFound
  const reach = reachedBy[channelKind(channel)]
  if (!reach) return crash
  if (reach === 'email' && !contact.email) return unprocessable('param is missing or the value is empty: contact email')
  if (reach === 'phone' && !contact.phone)
    return unprocessable('param is missing or the value is empty: contact phone number')
  const status = params.status ? statusIn[String(params.status)] : 'PENDING_INTERNAL'
  if (!status) return crash
  const additional = paramsIn(params.additional_attributes)
  const agent = world.agentOf(Number(params.assignee_id))
  const team = desk.departments.find(({ id }) => id === Number(params.team_id))
  if ((params.assignee_id && !agent) || (params.team_id && !team)) return crash

  const draft: Partial<DeskTicket> = {
    subject: typeof additional.mail_subject === 'string' ? additional.mail_subject : '',
    channelId: channel.id,
    requesterId: contact.id,
    status,
    assigneeId: agent?.id ?? null,
    departmentId: team?.id ?? null,
    snoozedUntil: status === 'ON_HOLD' && params.snoozed_until ? new Date(String(params.snoozed_until)) : null,
    customFields: paramsIn(params.custom_attributes) as DeskTicket['customFields'],
  }
  // One transaction: a message that is refused leaves no conversation.
  const first = params.message ? newMessageFrom(world, null, paramsIn(params.message), user, channel) : null
  if (typeof first === 'string') return refusedWith(first)
  const ticket = first ? openTicket(desk, { ...draft, first }) : addTicket(desk, draft)
  // The reply of whoever opens it moves nothing on.
  if (first?.type !== 'REPLY_INBOUND') ticket.status = status
  world.additional.set(ticket.id, additional)
  forget()
  return ok(conversationWire(world, ticket))
}

/** Here only what is not valid is answered; other refusals are rescued by nobody, unlike those of `POST messages`. */
function refusedWith(problem: string): SandboxAnswer {
  const [, message] = /^Validation failed: (.*)$/.exec(problem) ?? []
  return message ? invalid([{ attribute: 'base', message }]) : crash
}
