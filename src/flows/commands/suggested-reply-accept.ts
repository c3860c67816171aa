/** Takes what a machine proposes as the ticket's draft. Sending it is up to whoever reads it. */
import { partsDiffering } from '#domain/drafts/differences.ts'
import { goneRefusal } from '#domain/viewer/permissions.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { bodyColumnsOf } from './draft-content.ts'
import { DraftPayload } from './draft-payloads.ts'
import { draftConflict, draftsOf, writeDraft } from './draft-rows.ts'
import { MessageActionInput } from './inputs.ts'
import { editMessage } from './message-edit.ts'
import type { Command, Outcome } from './outcome.ts'
import { refused } from './permits.ts'
import { invalid, missing } from './problem.ts'

builder.mutationField('suggestedReplyAccept', (t) =>
  t.field({
    type: DraftPayload,
    scopes: ['MESSAGES_WRITE'],
    description:
      'Makes a suggested reply the draft of its ticket. Where an answer was begun that says something else, nothing changes: ConflictError.',
    args: { input: t.arg({ type: MessageActionInput, required: true, description: 'Which suggested reply.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'suggestedReplyAccept', input, suggestedReplyAccept),
  }),
)

async function suggestedReplyAccept(command: Command, input: typeof MessageActionInput.$inferInput): Promise<Outcome> {
  const path = ['input', 'id']
  const { edit, message } = await editMessage(command, input.id, path)
  if (message.type !== 'SUGGESTED_REPLY')
    throw invalid(path, `Expected a suggested reply, got a message of type ${message.type}.`, 'suggested')
  if (message.isDeleted) throw missing('suggested reply', input.id, path)
  const refusal = goneRefusal(edit.before)
  if (refusal) throw refused(refusal, edit.backend, path)
  const ticketId = edit.before.id
  const type = 'REPLY_OUTBOUND'
  const before = (await draftsOf(command, ticketId)).find((draft) => draft.type === type) ?? null
  const { addresses = [], quotedText = null, metadata = null } = before ?? {}
  const content = {
    ...{ ...bodyColumnsOf(message), contentType: message.contentType },
    ...{ addresses, quotedText, metadata, subject: before?.subject ?? message.subject },
  }
  const isEmpty = before === null || (before.bodyText.trim() === '' && !/<img/i.test(before.bodyHtmlClean ?? ''))
  if (!isEmpty) {
    if (partsDiffering(before, content).includes('body'))
      throw draftConflict(ticketId, before, { changedFields: ['body'], path })
    return { ticketId, draftId: before.id }
  }
  return { ticketId, draftId: await writeDraft(command, edit, { before, type, content, files: null }) }
}
