/** Sends what was begun, by the same road as any other message. */
import type { WholeDraft } from '#domain/drafts/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { filesOf } from './draft-files.ts'
import { checkDraftVersion, editDraft } from './draft-rows.ts'
import type { FileRow } from './entry-files.ts'
import { type BodyShape, type EntryShape, onlyOnce, TicketPatch } from './inputs.ts'
import { sendEntry } from './message-send.ts'
import type { Command, Outcome } from './outcome.ts'
import { MessagePayload } from './payloads.ts'
import { CommandError } from './problem.ts'

const DraftSendInput = builder.inputType('DraftSendInput', {
  description: 'Which draft to send.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The draft.' }),
    ifVersion: t.int({
      description: 'The version that was seen: fail with ConflictError when somebody wrote on it since.',
    }),
    patch: t.field({ type: TicketPatch, description: 'What to change of the ticket afterwards, as its status.' }),
    ...onlyOnce(t),
  }),
})

builder.mutationField('draftSend', (t) =>
  t.field({
    type: MessagePayload,
    scopes: ['MESSAGES_WRITE'],
    description:
      'Sends a draft with its files and the history under it; the draft is gone then. When the channel is closed or the quota used up, nothing is sent and the draft stays.',
    args: { input: t.arg({ type: DraftSendInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'draftSend', input, draftSend),
  }),
)

async function draftSend(command: Command, input: typeof DraftSendInput.$inferInput): Promise<Outcome> {
  const { edit, draft } = await editDraft(command, input.id, ['input', 'id'])
  checkDraftVersion(edit, draft, input.ifVersion, ['input', 'ifVersion'])
  const entry = entryOf(draft, await filesOf(command, draft.id))
  return sendEntry(command, edit, {
    ...{ entry, draft, quotedText: draft.quotedText, path: ['input', 'id'], patch: input.patch },
  }).catch((error) => {
    throw aboutDraft(error, { ticketId: edit.before.id, draftId: draft.id })
  })
}

function entryOf(draft: WholeDraft, files: FileRow[]): EntryShape {
  const { type, subject, contentType, addresses, metadata } = draft
  return {
    ...{ type, body: bodyOf(draft), subject, emailAddresses: addresses, metadata },
    ...(contentType !== 'UNKNOWN' && { contentType }),
    attachmentIds: files.map(({ id }) => nodeIdOf('Attachment', id)),
  }
}

/** In the form it was written. */
function bodyOf({ bodyEditorjs, bodyMarkdown, bodyHtml, bodyText }: WholeDraft): BodyShape {
  if (bodyEditorjs !== null) return { editorjs: bodyEditorjs as NonNullable<BodyShape['editorjs']> }
  if (bodyMarkdown !== null) return { markdown: bodyMarkdown }
  return bodyHtml === null ? { text: bodyText } : { html: bodyHtml }
}

/** The client named a draft, not what is in it; the draft is still there to be mended. */
function aboutDraft(error: unknown, { ticketId, draftId }: { ticketId: string; draftId: string }): unknown {
  if (!(error instanceof CommandError)) return error
  for (const problem of error.problems) {
    const [, field] = problem.path ?? []
    if (field === 'id' || field === 'conversationId') problem.path = ['input', 'id']
  }
  error.afterwards ??= async () => ({ ticketId, draftId })
  return error
}
