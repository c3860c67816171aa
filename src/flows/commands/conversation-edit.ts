/** One conversation under change, locked with its ticket. */
import { and, eq } from 'drizzle-orm'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { Conversation } from '#domain/conversations/graphql.ts'
import { conversationById, isConversationSeen } from '#domain/conversations/loaders.ts'
import { conversations, type WholeConversation } from '#domain/conversations/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { Command, Payload } from './outcome.ts'
import { deliveriesPart, MutationPayload, ticketPart } from './payloads.ts'
import { missing, type Path } from './problem.ts'
import { editOf, lockTickets, type TicketEdit } from './ticket-edit.ts'

export const ConversationPayload = builder.objectRef<Payload>('ConversationPayload').implement({
  description: 'What became of a change of a conversation.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    conversation: t.field({
      type: Conversation,
      nullable: true,
      description: 'The conversation as it is now; null when nothing was changed.',
      resolve: ({ conversationId }, _args, context) =>
        conversationId ? conversationById(context, conversationId) : null,
    }),
    ...ticketPart(t),
    ...deliveriesPart(t),
  }),
})

export type ConversationEdit = {
  edit: TicketEdit
  conversation: WholeConversation
  /** Its own: where threads were merged another one than that of the ticket. */
  backend: BackendRow
  /** Id of the ticket it belongs to at its help desk. */
  homeId: string
}

/** @throws CommandError when there is no such conversation for this viewer. */
export async function editConversation(command: Command, nodeId: string, path: Path): Promise<ConversationEdit> {
  const id = idFrom(nodeId, 'Conversation')
  const seen = id === null ? null : await conversationRow(command, id)
  const ticket = seen && (await lockTickets(command, [seen.ticketId])).get(seen.ticketId)
  const conversation = ticket && (await conversationRow(command, seen.id))
  if (!ticket || !conversation || !(await isThere(command, conversation.id)))
    throw missing('conversation', nodeId, path)
  // A merge moved it in between.
  if (conversation.ticketId !== ticket.id) return editConversation(command, nodeId, path)
  const edit = editOf(command, ticket)
  return {
    ...{ edit, conversation, homeId: conversation.originTicketId ?? ticket.id },
    backend: command.backends.find((row) => row.id === conversation.backendId) ?? edit.backend,
  }
}

function isThere({ tx, workspaceId, viewer }: Command, id: string): Promise<boolean> {
  return isConversationSeen({ db: tx, workspaceId }, viewer, id)
}

export async function rewriteConversation(
  { tx, workspaceId }: Command,
  { edit, conversation }: ConversationEdit,
  columns: Partial<WholeConversation>,
): Promise<void> {
  await tx
    .update(conversations)
    .set(columns)
    .where(and(eq(conversations.workspaceId, workspaceId), eq(conversations.id, conversation.id)))
  edit.alsoChanged.add('conversations')
}

async function conversationRow({ tx, workspaceId }: Command, id: string): Promise<WholeConversation | null> {
  const [row] = await tx
    .select()
    .from(conversations)
    .where(and(eq(conversations.workspaceId, workspaceId), eq(conversations.id, id)))
  return row ?? null
}
