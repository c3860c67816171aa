/** Notes that somebody looked at a conversation. */
import { eq, sql } from 'drizzle-orm'
import { lookAt } from '#domain/looks/looking.ts'
import { messages } from '#domain/messages/table.ts'
import { looksOf } from '#domain/tickets/unread.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import {
  type ConversationEdit,
  ConversationPayload,
  editConversation,
  rewriteConversation,
} from './conversation-edit.ts'
import { namedByClient, SideEnum } from './inputs.ts'
import { look } from './looks.ts'
import type { Command, Outcome } from './outcome.ts'
import { promise } from './promise.ts'
import { markTicket, permitMark, readMessages, type Side } from './states.ts'
import { saveTicket } from './ticket-edit.ts'

const ConversationActionInput = builder.inputType('ConversationActionInput', {
  description: 'Which conversation, and who looked.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The conversation.' }),
    side: t.field({ type: SideEnum, defaultValue: 'AGENT', description: 'Who looked.' }),
    ...namedByClient(t),
  }),
})
type Shape = typeof ConversationActionInput.$inferInput

builder.mutationField('conversationMarkSeen', (t) =>
  t.field({
    type: ConversationPayload,
    scopes: ['TICKETS_WRITE'],
    description:
      'Marks a conversation as seen. When nothing unseen is left on its ticket, that counts as read, as by ticketMarkRead.',
    args: { input: t.arg({ type: ConversationActionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'conversationMarkSeen', input, conversationMarkSeen),
  }),
)

async function conversationMarkSeen(command: Command, { id, side: given }: Shape): Promise<Outcome> {
  const side = given ?? 'AGENT'
  const about = await editConversation(command, id, ['input', 'id'])
  const { edit, conversation, backend } = about
  const path = ['input', 'side']
  const level = permitMark(command, edit, { side, backend, path: ['input', 'id'], sidePath: path })
  if (side === 'AGENT') {
    await rewriteConversation(command, about, { agentLastSeenAt: command.now, unreadCount: 0 })
    await readMessages(command, eq(messages.conversationId, conversation.id))
  } else await rewriteConversation(command, about, { contactLastSeenAt: command.now })
  if (conversation.originTicketId !== null && level === 'NATIVE') await promiseOrigin(command, about, side)
  const isSeen = !(await hasUnseenElsewhere(command, about, side))
  if (side === 'AGENT') await lookAtConversation(command, about, isSeen)
  if (isSeen) await markTicket(command, edit, { isRead: true, side, isOwnLook: false, path })
  await saveTicket(command, edit)
  return { ticketId: edit.before.id, conversationId: conversation.id }
}

/** One look is for the whole ticket: it moves on when nothing that its owner has not seen is left elsewhere. */
async function lookAtConversation(command: Command, about: ConversationEdit, isSeenByAll: boolean): Promise<void> {
  const { tx, workspaceId, viewer } = command
  const { edit, conversation } = about
  const actorId = looksOf(viewer)
  const own = actorId === null ? null : await lookAt(tx, { workspaceId, actorId, ticketId: edit.before.id })
  const seenUpTo = own?.seenUpTo
  const isSeen = seenUpTo ? !(await hasInboundAfter(command, conversation, seenUpTo)) : isSeenByAll
  if (isSeen) await look(command, edit, 'EVERYTHING')
}

async function hasInboundAfter(
  { tx, workspaceId }: Command,
  { id, ticketId }: ConversationEdit['conversation'],
  moment: Date,
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    select from messages
    where workspace_id = ${workspaceId} and ticket_id = ${ticketId} and conversation_id <> ${id}
      and direction = 'INBOUND' and not is_deleted and not is_internal and at > ${moment.toISOString()}
    limit 1`)
  return rows.length > 0
}

/** A merge moved it here; at its help desk it is the thread of another ticket, which is read by this. */
async function promiseOrigin(
  command: Command,
  { edit, conversation, homeId }: ConversationEdit,
  side: Side,
): Promise<void> {
  await promise(command, {
    ...{ backendId: conversation.backendId, ticketId: homeId, lanes: [edit.before.id] },
    ...{ operation: 'markTicket', input: { side, isRead: true }, fields: ['conversations'] },
  })
}

/** Whether another conversation of the ticket has something that nobody of this side has looked at since it came. */
async function hasUnseenElsewhere(
  { tx, workspaceId }: Command,
  { edit, conversation }: ConversationEdit,
  side: Side,
): Promise<boolean> {
  const seenAt = side === 'AGENT' ? sql`other.agent_last_seen_at` : sql`other.contact_last_seen_at`
  const [from, answer] = side === 'AGENT' ? ['INBOUND', 'OUTBOUND'] : ['OUTBOUND', 'INBOUND']
  const { rows } = await tx.execute(sql`
    select from conversations other
    join messages message on message.workspace_id = other.workspace_id and message.conversation_id = other.id
    where other.workspace_id = ${workspaceId} and other.ticket_id = ${edit.before.id} and other.id <> ${conversation.id}
      and message.direction = ${from} and not message.is_deleted and not message.is_internal
      and (${seenAt} is null or message.at > ${seenAt})
      -- who answered has read what was said before
      and not exists (
        select from messages later
        where later.workspace_id = other.workspace_id and later.ticket_id = other.ticket_id
          and later.direction = ${answer} and not later.is_deleted and not later.is_internal and later.at > message.at)
    limit 1`)
  return rows.length > 0
}
