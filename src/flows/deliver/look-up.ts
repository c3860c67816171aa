/** After an attempt whose outcome nobody knows: has the help desk done it? */
import { and, eq, sql } from 'drizzle-orm'
import type { Session } from '#connectors/contract.ts'
import { adoptOwnMessages } from '#domain/deliveries/adoption.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import type { DeliveryInputs } from '#domain/deliveries/promise.ts'
import { messages } from '#domain/messages/table.ts'
import { type Done, operations } from './carry-out.ts'
import type { Claimed } from './claim.ts'
import type { Delivering, ReachedBackend } from './delivering.ts'
import { contactWithFields, ticketIdAtVendor } from './outgoing.ts'
import { newTicketOrder } from './outgoing-messages.ts'
import type { Source } from './source.ts'

/** `absent`: it surely was not done, so it can be repeated. `untold`: the help desk does not let us know. */
export type Verdict = { found: Done } | 'absent' | 'untold'

/** @throws VendorError when the help desk cannot be asked just now. */
export async function lookUp(
  delivering: Delivering,
  backend: ReachedBackend,
  claimed: Claimed,
  session: Session,
): Promise<Verdict> {
  const source: Source = { ...delivering, workspaceId: claimed.workspaceId, backendId: backend.backendId }
  const { operation } = claimed
  if (operations[operation].isRepeatable) return 'absent'
  if (operation === 'createMessages') return lookUpMessages(delivering, backend, claimed, session, source)
  if (operation === 'createTicket') {
    const { findTicket } = session.operations
    if (!findTicket || claimed.ticketId === null) return 'untold'
    const order = await newTicketOrder(source, claimed.ticketId, claimed.input as DeliveryInputs['createTicket'])
    const ticketExternalId = await findTicket(order, new Date(claimed.createdAtMs))
    return ticketExternalId === null ? 'absent' : { found: { ticketExternalId, mayBeHalfDone: true } }
  }
  if (operation === 'createContact') {
    const { findContact } = session.operations
    const { fields } = await contactWithFields(source, (claimed.input as DeliveryInputs['createContact']).contactId)
    const isFindable = fields.email !== null || fields.phone !== null || fields.identifier !== null
    if (!findContact || !isFindable) return 'untold'
    const contactExternalId = await findContact(fields)
    return contactExternalId === null ? 'absent' : { found: { contactExternalId } }
  }
  return 'untold'
}

/** The thread is read, and what is ours in it gets its id; what has none then is not there. */
async function lookUpMessages(
  { db, cleaner }: Delivering,
  { workspaceId, backendId }: ReachedBackend,
  claimed: Claimed,
  session: Session,
  source: Source,
): Promise<Verdict> {
  const { messageIds } = claimed.input as DeliveryInputs['createMessages']
  const records = await session.ticket(await ticketIdAtVendor(source, claimed.ticketId as string))
  if (!records) return 'untold'
  await adoptOwnMessages(db, { workspaceId, id: backendId }, records, cleaner)
  const rows = await db
    .select({ externalId: messages.externalId, isDeleted: messages.isDeleted })
    .from(messages)
    .where(and(eq(messages.workspaceId, workspaceId), sql`${messages.id} = any(${sql.param(messageIds)}::uuid[])`))
  if (rows.every(({ externalId, isDeleted }) => isDeleted || isVendorId(externalId))) return { found: {} }
  // A thread that could not be read whole proves nothing.
  return records.misfits.some(({ kind }) => kind === 'parked') ? 'untold' : 'absent'
}
