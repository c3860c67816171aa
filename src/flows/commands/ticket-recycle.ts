/** The recycle bin. */
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { TicketActionInput } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { TicketPayload } from './payloads.ts'
import { setRecycled } from './states.ts'
import { checkVersion, editTicket, saveTicket } from './ticket-edit.ts'
import { keepUndo } from './undo-steps.ts'

type ActionShape = typeof TicketActionInput.$inferInput

builder.mutationFields((t) => ({
  ticketRecycle: t.field({
    type: TicketPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Puts a ticket into the recycle bin. It can be taken out again.',
    args: { input: t.arg({ type: TicketActionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketRecycle', input, recycle(true)),
  }),
  ticketRestore: t.field({
    type: TicketPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Takes a ticket out of the recycle bin.',
    args: { input: t.arg({ type: TicketActionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketRestore', input, recycle(false)),
  }),
}))

function recycle(isRecycled: boolean) {
  return async (command: Command, { id, ifVersion }: ActionShape): Promise<Outcome> => {
    const edit = await editTicket(command, id, ['input', 'id'])
    checkVersion(edit, ifVersion, ['input', 'ifVersion'])
    await setRecycled(command, edit, isRecycled, ['input', 'id'])
    await saveTicket(command, edit)
    return { ticketId: edit.before.id, ...(await keepUndo(command, edit.undo)) }
  }
}
