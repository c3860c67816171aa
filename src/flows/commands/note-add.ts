/** Adds a note, for agents or for the customer too. */
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { addEntries } from './entries.ts'
import { BodyInput, onlyOnce } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { MessagePayload } from './payloads.ts'
import { withPaths } from './problem.ts'
import { editTicket, saveTicket } from './ticket-edit.ts'

const NoteAddInput = builder.inputType('NoteAddInput', {
  description: 'What to note on which ticket.',
  fields: (t) => ({
    ticketId: t.id({ required: true, description: 'The ticket.' }),
    body: t.field({ type: BodyInput, required: true, description: 'What to note.' }),
    isPublic: t.boolean({ defaultValue: false, description: 'Whether the customer sees it too.' }),
    attachmentIds: t.idList({ description: 'Uploaded files, see attachmentUploadCreate.' }),
    mentionAgentIds: t.idList({ description: 'Agents to call.' }),
    ...onlyOnce(t),
  }),
})

builder.mutationField('noteAdd', (t) =>
  t.field({
    type: MessagePayload,
    scopes: ['NOTES_WRITE'],
    description: 'Adds a note. A private one is never sent as an answer: where there are no notes, it is refused.',
    args: { input: t.arg({ type: NoteAddInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'noteAdd', input, noteAdd),
  }),
)

async function noteAdd(command: Command, input: typeof NoteAddInput.$inferInput): Promise<Outcome> {
  const { ticketId, body, isPublic, attachmentIds, mentionAgentIds } = input
  const edit = await editTicket(command, ticketId, ['input', 'ticketId'])
  const entry = {
    ...{ type: isPublic ? ('NOTE_PUBLIC' as const) : ('NOTE_PRIVATE' as const), body },
    ...{ attachmentIds: attachmentIds ?? [], mentionAgentIds: mentionAgentIds ?? [] },
  }
  const written = await addEntries(command, edit, [{ entry, path: ['input'] }], { path: ['input'] }).catch((error) => {
    throw withPaths(error, { type: isPublic ? 'isPublic' : 'ticketId' })
  })
  await saveTicket(command, edit)
  return { ticketId: edit.before.id, messageIds: written.map(({ message }) => message.id) }
}
