/** Removes a message, or withdraws one that has not gone out. */
import { and, eq } from 'drizzle-orm'
import { vendorOf } from '#domain/backends/vendors.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import { discard } from '#domain/deliveries/transitions.ts'
import { mentions } from '#domain/mentions/table.ts'
import { messages } from '#domain/messages/table.ts'
import { isUnsent } from '#domain/viewer/message-permissions.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import { builder } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { MessageActionInput } from './inputs.ts'
import { editMessage, type MessageEdit, permitMessage, rewriteMessage } from './message-edit.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { deliveriesPart, MutationPayload, replayedPart, ticketPart } from './payloads.ts'
import { promise } from './promise.ts'
import { saveTicket } from './ticket-edit.ts'

const MessageDeletePayload = builder.objectRef<Payload>('MessageDeletePayload').implement({
  description: 'What became of removing a message.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    deletedMessageId: t.id({
      nullable: true,
      description: 'The message that is gone; null when nothing was changed. It stays in the thread, as deleted.',
      resolve: ({ deletedId }) => deletedId,
    }),
    ...ticketPart(t),
    ...replayedPart(t),
    ...deliveriesPart(t),
  }),
})

builder.mutationField('messageDelete', (t) =>
  t.field({
    type: MessageDeletePayload,
    scopes: ['MESSAGES_WRITE'],
    description:
      'Removes a message for everybody, where the help desk can. One that has not gone out yet is withdrawn anywhere.',
    args: { input: t.arg({ type: MessageActionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'messageDelete', input, messageDelete),
  }),
)

async function messageDelete(command: Command, { id }: typeof MessageActionInput.$inferInput): Promise<Outcome> {
  const about = await editMessage(command, id, ['input', 'id'])
  permitMessage(command, about, 'delete', ['input', 'id'])
  if (isUnsent(about.message, about.own)) await withdraw(command, about)
  else await remove(command, about)
  await saveTicket(command, about.edit)
  return { ticketId: about.edit.before.id, deletedId: nodeIdOf('Message', about.message.id) }
}

/** It stays to be read, as deleted and not sent; nobody is called by it any more. */
async function withdraw(command: Command, about: MessageEdit): Promise<void> {
  const { tx, workspaceId, now } = command
  const { message, own, edit } = about
  const delivery = {
    ...message.delivery,
    ...{ status: 'FAILED' as const, failReason: 'Withdrawn: it was not sent.', at: now.toISOString() },
  }
  await rewriteMessage(command, about, { isDeleted: true, delivery, updatedAt: now }, 'DELETED')
  const { rowCount } = await tx
    .delete(mentions)
    .where(and(eq(mentions.workspaceId, workspaceId), eq(mentions.messageId, message.id)))
  if (rowCount) edit.alsoChanged.add('mentions')
  if (own) await discardWhenEmpty(command, own)
}

/** Others that the same delivery brings still go out: what is deleted is left behind. */
async function discardWhenEmpty({ tx, workspaceId, now }: Command, own: NonNullable<MessageEdit['own']>) {
  const { messageIds = [] } = own.input as { messageIds?: string[] }
  const [left] = await tx
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(messages.workspaceId, workspaceId), anyOfIds(messages.id, messageIds), eq(messages.isDeleted, false)))
    .limit(1)
  if (left) return
  await discard(tx, workspaceId, eq(deliveries.id, own.id), now)
}

async function remove(command: Command, about: MessageEdit): Promise<void> {
  const { edit, message, backend, homeId } = about
  await rewriteMessage(command, about, { isDeleted: true, contentHash: '', updatedAt: command.now }, 'DELETED')
  if (vendorOf(backend).capabilities.MESSAGE_DELETE.level !== 'NATIVE') return
  await promise(command, {
    ...{ backendId: message.backendId, ticketId: homeId, lanes: [edit.before.id], messageId: message.id },
    ...{ operation: 'deleteMessage', input: {}, before: { kind: 'message', before: { isDeleted: false } } },
  })
}
