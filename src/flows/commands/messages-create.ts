/** Several entries at once, of any kind and time that the help desk takes: for imports. */
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { addEntries } from './entries.ts'
import { MessageEntryInput, onlyOnce } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { deliveriesPart, MutationPayload, messagesPart, replayedPart, ticketPart } from './payloads.ts'
import * as plausible from './plausible.ts'
import { editTicket, saveTicket } from './ticket-edit.ts'

const MOST_ENTRIES = 50

const MessagesPayload = builder.objectRef<Payload>('MessagesPayload').implement({
  description: 'What became of several messages. All of them were made, or none.',
  interfaces: [MutationPayload],
  fields: (t) => ({ ...messagesPart(t), ...ticketPart(t), ...replayedPart(t), ...deliveriesPart(t) }),
})

const MessagesCreateInput = builder.inputType('MessagesCreateInput', {
  description: 'What to add to which ticket.',
  fields: (t) => ({
    ticketId: t.id({ required: true, description: 'The ticket.' }),
    conversationId: t.id({ description: 'The conversation; by default the one of the latest activity.' }),
    entries: t.field({
      type: [MessageEntryInput],
      required: true,
      description: `The entries in their order, at most ${MOST_ENTRIES}.`,
    }),
    ...onlyOnce(t),
  }),
})

builder.mutationField('messagesCreate', (t) =>
  t.field({
    type: MessagesPayload,
    scopes: ['MESSAGES_WRITE'],
    description: 'Adds one or more entries to a ticket: replies, notes, and what was said elsewhere.',
    args: { input: t.arg({ type: MessagesCreateInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'messagesCreate', input, messagesCreate),
  }),
)

async function messagesCreate(command: Command, input: typeof MessagesCreateInput.$inferInput): Promise<Outcome> {
  const { ticketId, conversationId = null } = input
  const entries = plausible
    .listOf(input.entries, ['input', 'entries'], MOST_ENTRIES)
    .map((entry, index) => ({ entry, path: ['input', 'entries', index] }))
  const edit = await editTicket(command, ticketId, ['input', 'ticketId'])
  const written = await addEntries(command, edit, entries, { conversationId, path: ['input'] })
  await saveTicket(command, edit)
  return { ticketId: edit.before.id, messageIds: written.map(({ message }) => message.id) }
}
