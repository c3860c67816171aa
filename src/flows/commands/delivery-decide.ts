/** What a person decides about a delivery that did not go through. */
import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import { Delivery } from '#domain/deliveries/delivery.ts'
import { deliveryById } from '#domain/deliveries/loaders.ts'
import { showDelivery } from '#domain/deliveries/message-status.ts'
import { wakeDeliverer } from '#domain/deliveries/promise.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import { lockTicketsOf, takeBack } from '#domain/deliveries/take-back.ts'
import { discard, isHeld, requeue } from '#domain/deliveries/transitions.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { NodeActionInput } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { MutationPayload, ticketPart } from './payloads.ts'
import { invalid, missing } from './problem.ts'

type Shape = typeof NodeActionInput.$inferInput

const DeliveryPayload = builder.objectRef<Payload>('DeliveryPayload').implement({
  description: 'What became of a decision about a delivery.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    delivery: t.field({
      type: Delivery,
      nullable: true,
      description: 'The delivery as it is now; null when nothing was changed.',
      resolve: ({ deliveryId }, _args, context) => (deliveryId ? deliveryById(context, deliveryId) : null),
    }),
    ...ticketPart(t),
  }),
})

builder.mutationFields((t) => ({
  deliveryRetry: t.field({
    type: DeliveryPayload,
    scopes: ['TICKETS_WRITE'],
    description:
      'Sends a refused or uncertain delivery again. Of an uncertain one this may do twice what was asked: look at the help desk first.',
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'deliveryRetry', input, deliveryRetry),
  }),
  deliveryDiscard: t.field({
    type: DeliveryPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Gives a delivery up and takes back here what it would have brought. Not one that is on its way.',
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'deliveryDiscard', input, deliveryDiscard),
  }),
}))

async function locked({ tx, workspaceId }: Command, nodeId: string) {
  const id = idFrom(nodeId, 'Delivery')
  const [row] = id
    ? await tx
        .select({ ...getTableColumns(deliveries), isHeld })
        .from(deliveries)
        .where(and(eq(deliveries.workspaceId, workspaceId), eq(deliveries.id, id)))
        .for('update')
    : []
  if (!row) throw missing('delivery', nodeId, ['input', 'id'])
  return row
}

async function deliveryRetry(command: Command, { id: nodeId }: Shape): Promise<Outcome> {
  const { tx, workspaceId } = command
  const row = await locked(command, nodeId)
  if (row.state !== 'REFUSED' && row.state !== 'UNCERTAIN')
    throw invalid(
      ['input', 'id'],
      `Expected a delivery that is REFUSED or UNCERTAIN, this one is ${row.state}.`,
      null,
      'ALREADY_DONE',
    )
  await requeue(tx, workspaceId, row.id)
  const { messageIds = [] } = row.input as { messageIds?: string[] }
  await showDelivery(tx, workspaceId, messageIds, { status: 'QUEUED' })
  await wakeDeliverer(tx)
  return { deliveryId: row.id, ...(row.ticketId && { ticketId: row.ticketId }) }
}

async function deliveryDiscard(command: Command, { id: nodeId }: Shape): Promise<Outcome> {
  const { tx, workspaceId, now } = command
  const id = idFrom(nodeId, 'Delivery')
  if (id) await lockTicketsOf(tx, workspaceId, id)
  const row = await locked(command, nodeId)
  if (row.state === 'SETTLED' || row.state === 'DISCARDED')
    throw invalid(
      ['input', 'id'],
      `Expected a delivery that is open or failed, this one is ${row.state}.`,
      null,
      'ALREADY_DONE',
    )
  if (row.state === 'SENDING' || row.isHeld)
    throw invalid(
      ['input', 'id'],
      'Expected a delivery that is not on its way just now: wait until its end is known.',
      null,
      'CONFLICT',
    )
  await discard(tx, workspaceId, eq(deliveries.id, row.id), now)
  await takeBack(tx, workspaceId, row.id, { isDiscarded: true, at: now })
  if (row.operation === 'createTicket' && row.ticketId) await discardRest(command, row.ticketId)
  return { deliveryId: row.id, ...(row.ticketId && { ticketId: row.ticketId }) }
}

/** Of a ticket that its help desk never gets, nothing else goes there either. */
async function discardRest({ tx, workspaceId, now }: Command, ticketId: string): Promise<void> {
  const isOpen = sql`${deliveries.state} in ('QUEUED', 'REFUSED', 'UNCERTAIN')`
  await discard(tx, workspaceId, and(eq(deliveries.ticketId, ticketId), isOpen), now)
}
