/** Changes many tickets in the same way. */
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { bulkModes, carryOutOnMany } from './bulk.ts'
import { TicketsBulkPayload } from './bulk-payload.ts'
import { carryOut } from './command.ts'
import { onlyOnce, TicketPatch } from './inputs.ts'
import { TicketSelector } from './ticket-selection.ts'

const BulkModeEnum = enumOf('BulkMode', 'What becomes of the others when one ticket cannot be changed.', bulkModes)

const TicketsBulkUpdateInput = builder.inputType('TicketsBulkUpdateInput', {
  description: 'Which tickets to change, and how.',
  fields: (t) => ({
    selector: t.field({ type: TicketSelector, required: true, description: 'The tickets, as they are selected now.' }),
    excludeIds: t.idList({ description: 'Tickets of the selection that stay as they are.' }),
    patch: t.field({ type: TicketPatch, required: true, description: 'What to change of each.' }),
    mode: t.field({
      type: BulkModeEnum,
      defaultValue: 'BEST_EFFORT',
      description: 'What becomes of the others when one ticket cannot be changed.',
    }),
    expectedCount: t.int({
      description: 'How many tickets the user saw. When the selection has more by now, nothing is changed: CONFLICT.',
    }),
    dryRun: t.boolean({ defaultValue: false, description: 'Only try: says what would fail, and changes nothing.' }),
    ...onlyOnce(t),
  }),
})

builder.mutationField('ticketsBulkUpdate', (t) =>
  t.field({
    type: TicketsBulkPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Changes a selection of tickets in the same way: a few at once, many by a job.',
    args: { input: t.arg({ type: TicketsBulkUpdateInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      carryOut(context, 'ticketsBulkUpdate', input, (command) =>
        carryOutOnMany(command, 'ticketsBulkUpdate', input, { patch: input.patch, entry: null }),
      ),
  }),
)
