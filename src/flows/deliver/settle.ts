/** The help desk has it: what it made gets its ids, and the ticket is read again, since its answer is the truth. */
import { and, eq, sql } from 'drizzle-orm'
import type { Records, Session } from '#connectors/contract.ts'
import { bindMessage } from '#domain/deliveries/adoption.ts'
import { bindContact, bindTag, bindTicket } from '#domain/deliveries/binding.ts'
import { bindDraft } from '#domain/deliveries/draft-binding.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { type DeliveryInputs, fieldOfPatchKey, promiseDelivery, wakeDeliverer } from '#domain/deliveries/promise.ts'
import { messages } from '#domain/messages/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import type { Db } from '#platform/db/client.ts'
import { type Done, operations } from './carry-out.ts'
import { type Claimed, conclude, type Lease } from './claim.ts'
import type { Delivering, ReachedBackend } from './delivering.ts'
import { noteMessages } from './note-messages.ts'

/** @throws LeaseLostError: then whoever has the lease now finds out by itself. */
export async function settle(
  delivering: Delivering,
  backend: ReachedBackend,
  claimed: Claimed,
  { lease, receipt, session }: { lease: Lease; receipt: Done; session: Session },
): Promise<void> {
  const { db, now } = delivering
  const at = now()
  await db.transaction(async (tx) => {
    // The ticket first, as a page and a command do, so that neither waits for the other.
    if (claimed.operation !== 'deleteTicket') await noteTickets(tx, claimed, at)
    await conclude(tx, claimed, lease, { state: 'SETTLED', problem: null })
    await bind(tx, claimed, receipt)
    if (claimed.operation === 'deleteTicket') await removeTicket(tx, claimed)
    if (receipt.mayBeHalfDone) await promiseRest(tx, backend, claimed)
  })
  const { leavesTicket = false } = operations[claimed.operation]
  if (claimed.operation !== 'deleteTicket' && !leavesTicket) await readAgain(delivering, backend, claimed, session)
}

/** The fields of a new ticket are told once more: whatever the lost calls did, afterwards they are as they should be. */
async function promiseRest(tx: Db, { connector }: ReachedBackend, claimed: Claimed): Promise<void> {
  const { workspaceId, backendId, ticketId, tokenName } = claimed
  const { patch } = claimed.input as DeliveryInputs['createTicket']
  const { ticketFields } = connector.writing
  const keys = (Object.keys(patch) as (keyof typeof patch)[]).filter(
    (key) => key !== 'requesterId' && ticketFields[fieldOfPatchKey[key]] === 'NATIVE',
  )
  if (keys.length === 0) return
  const rest = Object.fromEntries(keys.map((key) => [key, patch[key]]))
  await promiseDelivery(tx, {
    ...{ workspaceId, backendId, ticketId, operation: 'updateTicket', input: { patch: rest }, tokenName },
    fields: keys.map((key) => fieldOfPatchKey[key]),
  })
  await wakeDeliverer(tx)
}

async function bind(tx: Db, claimed: Claimed, receipt: Done): Promise<void> {
  const backend = { workspaceId: claimed.workspaceId, id: claimed.backendId }
  const { ticketExternalId, contactExternalId, tagExternalId } = receipt
  const input = claimed.input as Partial<Record<'contactId' | 'tagId' | 'draftId', string>> &
    Partial<DeliveryInputs['createMessages']>
  if (ticketExternalId !== undefined && claimed.operation === 'createTicket' && claimed.ticketId)
    await bindTicket(tx, backend, { id: claimed.ticketId, externalId: ticketExternalId })
  if (contactExternalId !== undefined && input.contactId)
    await bindContact(tx, backend, { id: input.contactId, externalId: contactExternalId })
  if (tagExternalId !== undefined && input.tagId)
    await bindTag(tx, backend, { id: input.tagId, externalId: tagExternalId })
  await noteMessages(tx, claimed, input.messageIds ?? [], { status: 'SENT' })
  for (const [index, made] of (receipt.messages ?? []).entries()) {
    const id = receipt.sentIds?.[index]
    if (made && id) await bindMessage(tx, backend, { id, ...made, isCertain: true })
  }
  const { draftId } = input
  if (receipt.draft && draftId)
    await bindDraft(tx, backend.workspaceId, { draftId, fileIds: receipt.fileIds ?? [], ...receipt.draft })
  if (claimed.messageId) await readAgainLater(tx, claimed.workspaceId, claimed.messageId)
}

/** What the vendor says of it now counts, whatever its time. */
async function readAgainLater(tx: Db, workspaceId: string, messageId: string): Promise<void> {
  await tx
    .update(messages)
    .set({ contentHash: '' })
    .where(and(eq(messages.workspaceId, workspaceId), eq(messages.id, messageId)))
}

/** The ticket, and those that were merged into it. */
function ticketIdsOf({ ticketId, input }: Claimed): string[] {
  return [...(ticketId ? [ticketId] : []), ...((input as { sourceIds?: string[] }).sourceIds ?? [])]
}

/** A page that was asked for before this says nothing of it. */
async function noteTickets(tx: Db, claimed: Claimed, at: Date): Promise<void> {
  const { workspaceId } = claimed
  const ids = ticketIdsOf(claimed)
  if (ids.length === 0) return
  await tx
    .update(tickets)
    .set({ fetchedAt: at, contentHash: '' })
    .where(and(eq(tickets.workspaceId, workspaceId), sql`${tickets.id} = any(${sql.param(ids)}::uuid[])`))
}

async function removeTicket(tx: Db, { workspaceId, ticketId }: Claimed): Promise<void> {
  await tx
    .update(tickets)
    .set({ mergedIntoId: null })
    .where(and(eq(tickets.workspaceId, workspaceId), sql`${tickets.mergedIntoId} = ${ticketId}`))
  await tx.delete(tickets).where(and(eq(tickets.workspaceId, workspaceId), sql`${tickets.id} = ${ticketId}`))
}

/** Should it fail, the next round brings what is new. */
async function readAgain(
  delivering: Delivering,
  backend: ReachedBackend,
  claimed: Claimed,
  session: Session,
): Promise<void> {
  const { workspaceId, ticketId } = claimed
  const { db, log, now, storeRead } = delivering
  const ids = ticketIdsOf(claimed)
  if (ids.length === 0) return
  try {
    const rows = await db
      .select({ externalId: tickets.externalId })
      .from(tickets)
      .where(and(eq(tickets.workspaceId, workspaceId), sql`${tickets.id} = any(${sql.param(ids)}::uuid[])`))
    for (const { externalId } of rows.filter((row) => isVendorId(row.externalId))) {
      const askedAt = now()
      const records = await session.ticket(externalId)
      if (!records) continue
      if (claimed.operation === 'createTicket') await bindRequester(delivering, claimed, records)
      await storeRead(backend, records, askedAt)
    }
  } catch (error) {
    log.warn({ err: error, backend: backend.key, ticketId }, 'a ticket could not be read again after a delivery')
  }
}

/** Some vendors make the requester with the ticket and tell of it only now; they are told by how they can be reached. */
async function bindRequester(
  { db }: Delivering,
  { workspaceId, backendId, ticketId }: Claimed,
  { tickets: [record] }: Records,
): Promise<void> {
  const requester = record?.requester
  if (!requester || !ticketId) return
  const { rows } = await db.execute<{ id: string }>(sql`
    select actor.id from tickets ticket
    join actors actor on actor.workspace_id = ticket.workspace_id and actor.id = ticket.requester_id
    where ticket.workspace_id = ${workspaceId} and ticket.id = ${ticketId} and actor.type = ${requester.type}
      and actor.external_id like 'deskgraph:%'
      and (lower(actor.email) = lower(${requester.email ?? null}) or actor.phone = ${requester.phone ?? null})`)
  for (const { id } of rows) {
    const { externalId } = requester
    await db.transaction((tx) => bindContact(tx, { workspaceId, id: backendId }, { id, externalId }))
  }
}
