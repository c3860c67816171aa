/** Makes a conversation quiet, or ends that. */
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { ConversationPayload, editConversation, rewriteConversation } from './conversation-edit.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { permit } from './permits.ts'
import { unsupported } from './problem.ts'
import { promise } from './promise.ts'
import { saveTicket } from './ticket-edit.ts'

const ConversationMuteInput = builder.inputType('ConversationMuteInput', {
  description: 'Which conversation, and whether it is to be quiet.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The conversation.' }),
    muted: t.boolean({ required: true, description: 'Whether it makes no noise.' }),
    ...namedByClient(t),
  }),
})

builder.mutationField('conversationMute', (t) =>
  t.field({
    type: ConversationPayload,
    scopes: ['TICKETS_WRITE'],
    description:
      'Makes a conversation quiet, or ends that. A help desk may do more: Chatwoot also resolves the ticket.',
    args: { input: t.arg({ type: ConversationMuteInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'conversationMute', input, conversationMute),
  }),
)

async function conversationMute(command: Command, input: typeof ConversationMuteInput.$inferInput): Promise<Outcome> {
  const { id, muted: isMuted } = input
  const about = await editConversation(command, id, ['input', 'id'])
  const { edit, conversation, backend, homeId } = about
  permit(command, edit, 'update', ['input', 'id'])
  const { name, writing } = vendorOf(backend)
  if (!canDo(writing.muting)) throw unsupported(backend, 'TICKET_UPDATE', ['input', 'id'], `${name} mutes nothing.`)
  if (conversation.isMuted !== isMuted) {
    const isNative = writing.muting === 'NATIVE'
    await rewriteConversation(command, about, { isMuted, ...(isNative && { contentHash: '' }) })
    if (isNative) {
      const before = { isMuted: conversation.isMuted }
      await promise(command, {
        ...{ backendId: conversation.backendId, ticketId: homeId, lanes: [edit.before.id] },
        ...{ operation: 'muteConversation', input: { conversationId: conversation.id, isMuted } },
        fields: ['conversations'],
        before: { kind: 'conversation', conversationId: conversation.id, before },
      })
    }
    await saveTicket(command, edit)
  }
  return { ticketId: edit.before.id, conversationId: conversation.id }
}
