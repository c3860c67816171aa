/** Read marks of many tickets, on the agents' or the customer's side. */
import { UnreadCounts, unreadCountsFor } from '#domain/views/unread-counts.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { SideEnum } from './inputs.ts'
import { eachTicket } from './many-tickets.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { deliveriesPart, MutationPayload, namedByClient, ticketsPart, undoPart } from './payloads.ts'
import { markTicket } from './states.ts'

export const TicketsPayload = builder.objectRef<Payload>('TicketsPayload').implement({
  description: 'What became of a change of several tickets. Each succeeds or fails by itself.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    ...ticketsPart(t),
    unreadCounts: t.field({
      type: UnreadCounts,
      nullable: true,
      description: 'What is unread now, for the badges of an inbox.',
      resolve: (_payload, _args, context) => unreadCountsFor(context, null),
    }),
    ...undoPart(t),
    ...deliveriesPart(t),
  }),
})

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
    description: 'Marks tickets as read.',
    args: { input: t.arg({ type: TicketReadInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketMarkRead', input, mark(true)),
  }),
  ticketMarkUnread: t.field({
    type: TicketsPayload,
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
