/**
 * The sandbox's endpoints that change a conversation, with the vendor's quirks: an unknown agent or team unassigns,
 * labels nobody defined are dropped, custom attributes are replaced, muting blocks the contact and resolves, opening
 * with an agent's token assigns it to that agent, a bot's conversations are pending. Source: the controllers and
 * services (SEEN).
 */
import { addMessage } from '#connectors/sandbox/build.ts'
import { changeContact, changeTicket, deleteTicket, seeTicket } from '#connectors/sandbox/changes.ts'
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer } from '#connectors/sandbox/sandbox.ts'
import type { TicketPriority, TicketStatus } from '#vocabulary.ts'
import { conversationWire, labelsOf } from './sandbox-conversation.ts'
import { notAuthorized } from './sandbox-gate.ts'
import { isTruthy, paramsIn } from './sandbox-params.ts'
import type { World } from './sandbox-people.ts'
import { type Context, crash, empty, notFound, ok, type Route } from './sandbox-route.ts'

export function conversationChanges(world: World, forget: () => void): Route[] {
  const { desk } = world
  const on = (
    method: string,
    name: string,
    answer: (ticket: DeskTicket, context: Context) => SandboxAnswer,
  ): Route => ({
    method,
    path: new RegExp(`^/conversations/(\\d+)${name}$`),
    answer(context) {
      const ticket = desk.tickets.get(context.id)
      return ticket ? answer(ticket, context) : notFound
    },
  })
  const line = (ticket: DeskTicket, text: string) =>
    addMessage(desk, { ticketId: ticket.id, type: 'NOTE_PRIVATE', isSystemLine: true, text })
  const named = ({ user }: Context) => world.agentOf(user.id)?.name ?? 'Bot'

  return [
    on('POST', '/toggle_status', (ticket, context) => {
      const change = statusChangeOf(ticket, context)
      if (!change) return crash
      const before = ticket.status
      if (change.status !== before || change.snoozedUntil !== undefined) changeTicket(desk, ticket.id, change)
      if (ticket.status === 'PENDING_INTERNAL') takeOver(world, ticket, context)
      if (ticket.status !== before)
        line(ticket, `Conversation was marked ${statusWordOf[ticket.status]} by ${named(context)}`)
      const { status: current_status, snoozed_until } = conversationWire(world, ticket)
      return ok({ meta: {}, payload: { success: true, conversation_id: ticket.id, current_status, snoozed_until } })
    }),
    on('POST', '/toggle_priority', (ticket, context) => {
      const priority = priorityIn(context.params.priority)
      if (priority === undefined) return crash
      if (priority !== ticket.priority) {
        changeTicket(desk, ticket.id, { priority })
        line(ticket, `${named(context)} set the priority to ${context.params.priority ?? 'none'}`)
      }
      return empty
    }),
    on('PATCH', '', (ticket, { params }) => {
      const priority = 'priority' in params ? priorityIn(params.priority) : ticket.priority
      if (priority === undefined) return crash
      if (priority !== ticket.priority) changeTicket(desk, ticket.id, { priority })
      return ok(conversationWire(world, ticket))
    }),
    on('POST', '/assignments', (ticket, context) => assigned(world, ticket, context, line)),
    on('POST', '/labels', (ticket, { params }) => {
      const posted = (Array.isArray(params.labels) ? params.labels : []).map(String)
      changeTicket(desk, ticket.id, {
        tagIds: desk.tags.filter(({ name }) => posted.includes(name)).map(({ id }) => id),
      })
      return ok({ payload: labelsOf(desk, ticket) })
    }),
    on('POST', '/custom_attributes', (ticket, { params }) => {
      const given = paramsIn(params.custom_attributes)
      const all = isTruthy(params.merge) ? { ...ticket.customFields, ...given } : given
      changeTicket(desk, ticket.id, { customFields: all as DeskTicket['customFields'] })
      return ok({ custom_attributes: ticket.customFields })
    }),
    on('POST', '/mute', (ticket, context) => {
      mute(world, ticket, true)
      changeTicket(desk, ticket.id, { status: 'RESOLVED' })
      line(ticket, `${named(context)} has muted the conversation`)
      return empty
    }),
    on('POST', '/unmute', (ticket, context) => {
      mute(world, ticket, false)
      line(ticket, `${named(context)} has unmuted the conversation`)
      return empty
    }),
    // Written past the time of change (SEEN).
    on('POST', '/update_last_seen', (ticket) => {
      seeTicket(desk, ticket.id, true)
      return ok(conversationWire(world, ticket))
    }),
    on('POST', '/unread', (ticket) => {
      seeTicket(desk, ticket.id, false)
      return ok(conversationWire(world, ticket))
    }),
    on('DELETE', '', (ticket, { user }) => {
      if (user.role !== 'administrator') return notAuthorized
      deleteTicket(desk, ticket.id)
      forget()
      return empty
    }),
  ]
}

export const statusIn: Record<string, TicketStatus> = {
  open: 'PENDING_INTERNAL',
  resolved: 'RESOLVED',
  pending: 'NEW',
  snoozed: 'ON_HOLD',
}
const statusWordOf: Record<TicketStatus, string> = {
  NEW: 'pending',
  PENDING_INTERNAL: 'open',
  PENDING_EXTERNAL: 'open',
  ON_HOLD: 'snoozed',
  RESOLVED: 'resolved',
  UNKNOWN: 'open',
}

/** Null when it cannot be. The time is in epoch seconds; it stays when none is given. */
function statusChangeOf(ticket: DeskTicket, { params }: Context): { status: TicketStatus; snoozedUntil?: Date } | null {
  if (!isTruthy(params.status))
    return { status: statusWordOf[ticket.status] === 'open' ? 'RESOLVED' : 'PENDING_INTERNAL' }
  const asked = statusIn[String(params.status)]
  if (!asked) return null
  const status = statusWordOf[ticket.status] === params.status ? ticket.status : asked
  if (params.snoozed_until === undefined || params.snoozed_until === null || params.snoozed_until === false)
    return { status }
  const seconds = String(params.snoozed_until)
  if (!/^\d+$/.test(seconds)) return null
  return status === 'ON_HOLD' ? { status, snoozedUntil: new Date(Number(seconds) * 1000) } : { status }
}

function takeOver(world: World, ticket: DeskTicket, { user }: Context): void {
  if (user.role === 'bot') return
  if (world.botOf(ticket.assigneeId)) changeTicket(world.desk, ticket.id, { assigneeId: null })
  if (user.role === 'agent' && ticket.assigneeId !== user.id)
    changeTicket(world.desk, ticket.id, { assigneeId: user.id })
}

const priorities: Record<string, TicketPriority> = { low: 'LOW', medium: 'NORMAL', high: 'HIGH', urgent: 'URGENT' }

/** Undefined for a word the enum does not know. */
function priorityIn(value: unknown): TicketPriority | null | undefined {
  return isTruthy(value) ? priorities[String(value)] : null
}

function assigned(
  world: World,
  ticket: DeskTicket,
  context: Context,
  line: (ticket: DeskTicket, text: string) => void,
): SandboxAnswer {
  const { desk } = world
  const { params } = context
  const id = Number(params.assignee_id)
  if (params.assignee_type === 'AgentBot') {
    const bot = world.botOf(id)
    if (bot) changeTicket(desk, ticket.id, { assigneeId: bot.id, status: 'NEW' })
    return ok(bot ? { id: bot.id, name: bot.name } : null)
  }
  if ('assignee_id' in params) {
    const agent = params.assignee_id === null ? undefined : world.agentOf(id)
    const isTaken = agent && world.botOf(ticket.assigneeId) && ticket.status === 'NEW'
    changeTicket(desk, ticket.id, {
      assigneeId: agent?.id ?? null,
      ...(isTaken ? { status: 'PENDING_INTERNAL' as const } : {}),
    })
    line(ticket, agent ? `Assigned to ${agent.name}` : 'Conversation unassigned')
    return ok(agent ? { id: agent.id, name: agent.name, email: agent.email, role: agent.role } : null)
  }
  if (!('team_id' in params)) return ok(null)
  const team = desk.departments.find((department) => department.id === Number(params.team_id))
  changeTicket(desk, ticket.id, { departmentId: team?.id ?? null })
  return ok(team ? { id: team.id, name: team.name, account_id: world.accountId } : null)
}

/** A contact is blocked, and with it all its conversations are muted. */
function mute({ desk }: World, { requesterId }: DeskTicket, isMuted: boolean): void {
  if (desk.contacts.has(requesterId)) changeContact(desk, requesterId, { isBlocked: isMuted })
  for (const ticket of desk.tickets.values())
    if (ticket.requesterId === requesterId && ticket.isMuted !== isMuted) changeTicket(desk, ticket.id, { isMuted })
}
