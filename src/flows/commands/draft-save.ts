/** Keeps what somebody has begun, so that others see it and nobody overwrites what they have not seen. */
import { ConversationTypeEnum } from '#domain/conversations/graphql.ts'
import { MessageContentTypeEnum } from '#domain/messages/graphql.ts'
import { goneRefusal } from '#domain/viewer/permissions.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { carryOut } from './command.ts'
import { contentFrom } from './draft-content.ts'
import { DraftPayload } from './draft-payloads.ts'
import { checkDraftVersion, type DraftType, draftConflict, draftsOf, isWritable, writeDraft } from './draft-rows.ts'
import { filesFrom } from './entry-files.ts'
import { BodyInput, EmailAddressInput, namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { refused, requireScope } from './permits.ts'
import { invalid } from './problem.ts'
import { editTicket } from './ticket-edit.ts'

const DraftSaveInput = builder.inputType('DraftSaveInput', {
  description: 'What was written so far. What is left out stays as it is in the draft; null clears.',
  fields: (t) => ({
    ticketId: t.id({ required: true, description: 'The ticket.' }),
    type: t.field({
      type: ConversationTypeEnum,
      required: true,
      defaultValue: 'REPLY_OUTBOUND',
      description:
        'What it will be: REPLY_OUTBOUND, NOTE_PRIVATE, NOTE_PUBLIC or FORWARD. Of each there is one. NOTE_PRIVATE needs NOTES_WRITE and NOTES_READ.',
    }),
    draftId: t.id({
      description:
        'The draft that was seen. When it was sent or deleted since, nothing is saved: ConflictError. Left out: the shared one of this type, or a new one.',
    }),
    body: t.field({ type: BodyInput, required: true, description: 'What it says so far; may be empty.' }),
    subject: t.string({ description: 'Subject, where the channel has one.' }),
    contentType: t.field({
      type: MessageContentTypeEnum,
      description: 'What it is made of; by default as the body is.',
    }),
    emailAddresses: t.field({ type: [EmailAddressInput], description: 'Who else is to get it, and in which role.' }),
    quotedText: t.string({ description: 'The history that is to stand under it.' }),
    attachmentIds: t.idList({
      description: 'The whole set of its files: uploaded ones, see attachmentUploadCreate, and those it has already.',
    }),
    metadata: t.field({ type: 'JSON', description: 'Your own additions.' }),
    ifVersion: t.int({
      description:
        'The version of the draft that was seen, 0 for none: fail with ConflictError when it moved on. Left out: the last write wins.',
    }),
    ...namedByClient(t),
  }),
})
type Shape = typeof DraftSaveInput.$inferInput

builder.mutationField('draftSave', (t) =>
  t.field({
    type: DraftPayload,
    scopes: ['MESSAGES_WRITE'],
    description:
      "Saves the shared draft of a ticket. The ticket's version stays. Save as often as you like: a help desk that keeps drafts itself gets the newest state a few times a minute. What somebody saved there meanwhile is not overwritten: both drafts are kept.",
    args: { input: t.arg({ type: DraftSaveInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'draftSave', input, draftSave),
  }),
)

const possible: DraftType[] = ['REPLY_OUTBOUND', 'NOTE_PRIVATE', 'NOTE_PUBLIC', 'FORWARD']

async function draftSave(command: Command, input: Shape): Promise<Outcome> {
  if (!possible.includes(input.type))
    throw invalid(['input', 'type'], `Expected one of ${possible.join(', ')}, got ${input.type}.`, 'type')
  if (input.type === 'NOTE_PRIVATE') requireNotes(command.viewer)
  const edit = await editTicket(command, input.ticketId, ['input', 'ticketId'])
  const refusal = goneRefusal(edit.before)
  if (refusal) throw refused(refusal, edit.backend, ['input', 'ticketId'])
  const known = await draftsOf(command, edit.before.id)
  const named = input.draftId == null ? null : idFrom(input.draftId, 'Draft')
  const before = known.find(({ id, type }) => (input.draftId == null ? type === input.type : id === named)) ?? null
  if (input.draftId != null && !before)
    throw draftConflict(edit.before.id, null, { changedFields: [], path: ['input', 'draftId'] })
  checkDraftVersion(edit, before, input.ifVersion, ['input', 'ifVersion'])
  const type = before?.type ?? input.type
  if (type === 'NOTE_PRIVATE') requireNotes(command.viewer)
  const content = await contentFrom(command, input, { before, path: ['input'] })
  const own = before && isWritable(edit.backend, before) ? before : null
  const files =
    input.attachmentIds === undefined
      ? null
      : await filesFrom(command, input.attachmentIds, {
          ...{ backend: edit.backend, ticketId: edit.before.id, draftId: own?.id ?? null },
          path: ['input', 'attachmentIds'],
        })
  return { ticketId: edit.before.id, draftId: await writeDraft(command, edit, { before, type, content, files }) }
}

/** Who begins a note goes on with what others began. @throws CommandError */
function requireNotes(viewer: Viewer): void {
  requireScope(viewer, 'NOTES_WRITE')
  requireScope(viewer, 'NOTES_READ')
}
