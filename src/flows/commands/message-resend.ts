/** Sends again what failed. */
import { showDelivery } from '#domain/deliveries/message-status.ts'
import { requeue } from '#domain/deliveries/transitions.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { MessageActionInput } from './inputs.ts'
import { editMessage, logMessages, type MessageEdit, permitMessage, rewriteMessage } from './message-edit.ts'
import type { Command, Outcome } from './outcome.ts'
import { MessagePayload } from './payloads.ts'
import { promise } from './promise.ts'
import { saveTicket } from './ticket-edit.ts'

builder.mutationField('messageResend', (t) =>
  t.field({
    type: MessagePayload,
    scopes: ['MESSAGES_WRITE'],
    description:
      'Sends a message again: one that its help desk refused, or one that failed or bounced there, where the help desk can.',
    args: { input: t.arg({ type: MessageActionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'messageResend', input, messageResend),
  }),
)

async function messageResend(command: Command, { id }: typeof MessageActionInput.$inferInput): Promise<Outcome> {
  const about = await editMessage(command, id, ['input', 'id'])
  permitMessage(command, about, 'resend', ['input', 'id'])
  if (about.own?.state === 'REFUSED') await queueAgain(command, about, about.own)
  else await askAgain(command, about)
  await saveTicket(command, about.edit)
  return { ticketId: about.edit.before.id, messageIds: [about.message.id] }
}

/** The help desk never got it, so its own delivery goes out once more, with everything else it brings. */
async function queueAgain(command: Command, { edit }: MessageEdit, own: NonNullable<MessageEdit['own']>) {
  const { tx, workspaceId, now } = command
  await requeue(tx, workspaceId, own.id)
  const { messageIds = [] } = own.input as { messageIds?: string[] }
  const shownIds = await showDelivery(tx, workspaceId, messageIds, { status: 'QUEUED', at: now })
  command.deliveryIds.push(own.id)
  edit.alsoChanged.add('messages')
  await logMessages(command, edit, shownIds)
}

async function askAgain(command: Command, about: MessageEdit): Promise<void> {
  const { edit, message, homeId } = about
  const { delivery } = message
  await promise(command, {
    ...{ backendId: message.backendId, ticketId: homeId, lanes: [edit.before.id], messageId: message.id },
    ...{ operation: 'resendMessage', input: {}, before: { kind: 'message', before: { delivery } } },
  })
  const again = { ...delivery, status: 'QUEUED' as const, failReason: null, at: command.now.toISOString() }
  await rewriteMessage(command, about, { delivery: again, contentHash: '' })
}
