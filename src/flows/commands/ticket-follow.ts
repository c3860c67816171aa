/** Following a ticket, and no longer. Ours alone: the ticket itself stays as it is. */
import { and, eq } from 'drizzle-orm'
import { ticketFollowers } from '#domain/followers/table.ts'
import { looksOf } from '#domain/tickets/unread.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { TicketPayload } from './payloads.ts'
import { forbiddenError } from './permits.ts'
import { editTicket, logChanges } from './ticket-edit.ts'

const TicketFollowInput = builder.inputType('TicketFollowInput', {
  description: 'Which ticket to follow, or no longer.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The ticket.' }),
    follow: t.boolean({ required: true, description: 'False: no longer.' }),
    ...namedByClient(t),
  }),
})

builder.mutationField('ticketFollow', (t) =>
  t.field({
    type: TicketPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Follows a ticket, or stops to: it is in the view "Following" then. Doing it twice changes nothing.',
    args: { input: t.arg({ type: TicketFollowInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketFollow', input, ticketFollow),
  }),
)

async function ticketFollow(command: Command, input: typeof TicketFollowInput.$inferInput): Promise<Outcome> {
  const { tx, workspaceId, viewer } = command
  const actorId = looksOf(viewer)
  if (actorId === null) throw forbiddenError('Only an agent follows tickets, no program.', ['input'])
  const { before } = await editTicket(command, input.id, ['input', 'id'])
  const row = { workspaceId, actorId, ticketId: before.id }
  const { rowCount } = input.follow
    ? await tx.insert(ticketFollowers).values(row).onConflictDoNothing()
    : await tx
        .delete(ticketFollowers)
        .where(
          and(
            eq(ticketFollowers.workspaceId, workspaceId),
            eq(ticketFollowers.actorId, actorId),
            eq(ticketFollowers.ticketId, before.id),
          ),
        )
  if (rowCount) {
    await logChanges(command, [
      { ticketId: before.id, messageId: null, kind: 'UPDATED', changedFields: ['isFollowedByViewer'], version: null },
    ])
  }
  return { ticketId: before.id }
}
