/** Read marks of many tickets, on the agents' or the customer's side. */
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { namedByClient, SideEnum } from './inputs.ts'
import { eachTicket } from './many-tickets.ts'
import type { Command, Outcome } from './outcome.ts'
import { TicketsPayload } from './payloads.ts'
import { markTicket } from './states.ts'

const TicketReadInput = builder.inputType('TicketReadInput', {
  description: 'Which tickets, and on which side.',
  fields: (t) => ({
    ids: t.idList({ required: true, description: 'The tickets, at most 100.' }),
    side: t.field({ type: SideEnum, defaultValue: 'AGENT', description: 'Whose read state.' }),
    upToMessageId: t.id({ description: 'Only what came up to this message counts as read; then only one ticket.' }),
    ...namedByClient(t),
  }),
})

builder.mutationFields((t) => ({
  ticketMarkRead: t.field({
    type: TicketsPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Marks tickets as read.',
    args: { input: t.arg({ type: TicketReadInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketMarkRead', input, mark(true)),
  }),
  ticketMarkUnread: t.field({
    type: TicketsPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Marks tickets as unread.',
    args: { input: t.arg({ type: TicketReadInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketMarkUnread', input, mark(false)),
  }),
}))

function mark(isRead: boolean) {
  return (command: Command, { ids, side, upToMessageId }: typeof TicketReadInput.$inferInput): Promise<Outcome> =>
    eachTicket(command, ids, (part, edit, path) =>
      markTicket(part, edit, { isRead, side: side ?? 'AGENT', upToMessageId: upToMessageId ?? null, path }),
    )
}
