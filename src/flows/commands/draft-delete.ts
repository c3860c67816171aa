/** Throws away what somebody has begun. */
import { vendorOf } from '#domain/backends/vendors.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { DraftDeletePayload } from './draft-payloads.ts'
import { promiseDraftRemoval } from './draft-promises.ts'
import { checkDraftVersion, editDraft, isKeptThere, isWritable, noteDrafts, removeRow } from './draft-rows.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { unsupported } from './problem.ts'

const DraftActionInput = builder.inputType('DraftActionInput', {
  description: 'Which draft.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The draft.' }),
    ifVersion: t.int({ description: 'Fail with ConflictError when it moved on.' }),
    ...namedByClient(t),
  }),
})

builder.mutationField('draftDelete', (t) =>
  t.field({
    type: DraftDeletePayload,
    scopes: ['MESSAGES_WRITE'],
    description: 'Deletes a draft with its files, also at a help desk that keeps drafts itself.',
    args: { input: t.arg({ type: DraftActionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'draftDelete', input, draftDelete),
  }),
)

async function draftDelete(command: Command, { id, ifVersion }: typeof DraftActionInput.$inferInput): Promise<Outcome> {
  const path = ['input', 'id']
  const { edit, draft } = await editDraft(command, id, path)
  checkDraftVersion(edit, draft, ifVersion, ['input', 'ifVersion'])
  if (!isWritable(edit.backend, draft)) {
    const { name } = vendorOf(edit.backend)
    throw unsupported(edit.backend, 'DRAFTS', path, `${name} saved it by itself and has no call that deletes it.`)
  }
  const hasOthers = await removeRow(command, edit, draft)
  await noteDrafts(command, edit, hasOthers)
  if (isKeptThere(edit.backend, draft.type)) await promiseDraftRemoval(command, edit, draft)
  return { ticketId: edit.before.id, deletedId: id }
}
