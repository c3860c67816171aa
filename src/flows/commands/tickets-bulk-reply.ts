/** Says the same on many tickets, and changes them in the same step where wanted. */
import { builder } from '#platform/graphql/builder.ts'
import { carryOutOnMany } from './bulk.ts'
import { TicketsBulkPayload } from './bulk-payload.ts'
import { carryOut } from './command.ts'
import { MessageEntryInput, onlyOnce, TicketPatch } from './inputs.ts'
import { TicketSelector } from './ticket-selection.ts'

const TicketsBulkReplyInput = builder.inputType('TicketsBulkReplyInput', {
  description: 'What to say on which tickets.',
  fields: (t) => ({
    selector: t.field({ type: TicketSelector, required: true, description: 'The tickets, as they are selected now.' }),
    entry: t.field({
      type: MessageEntryInput,
      required: true,
      description:
        'What to say: one message on each, in the conversation of its newest activity. Files cannot be shared.',
    }),
    patch: t.field({ type: TicketPatch, description: 'What to change of each afterwards, as its status.' }),
    expectedCount: t.int({
      description: 'How many tickets the user saw. When the selection has more by now, nothing is sent: CONFLICT.',
    }),
    dryRun: t.boolean({ defaultValue: false, description: 'Only try: says what would fail, and sends nothing.' }),
    ...onlyOnce(t),
    idempotencyKey: t.string({
      required: true,
      description:
        'A text of your own, new for each thing you do: what is sent to many must not be sent twice. The same one with the same input answers again and does nothing twice; kept for seven days.',
    }),
  }),
})

builder.mutationField('ticketsBulkReply', (t) =>
  t.field({
    type: TicketsBulkPayload,
    scopes: ['MESSAGES_WRITE'],
    description: 'Sends the same message on a selection of tickets: on a few at once, on many by a job.',
    args: { input: t.arg({ type: TicketsBulkReplyInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      carryOut(context, 'ticketsBulkReply', input, (command) =>
        carryOutOnMany(command, 'ticketsBulkReply', input, { entry: input.entry, patch: input.patch ?? null }),
      ),
  }),
)
