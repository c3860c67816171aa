/** What is written into a conversation, and what becomes of it. */
import type { JsonObject } from '#connectors/contract.ts'
import type { CreateMessages, OnMessage, Receipt } from '#connectors/operations.ts'
import { boolOf, idOf, objectOf, textOf, wordOf } from '#connectors/reading.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { displayIdIn } from './conversation-state.ts'
import { bodyWith, messageFields } from './outgoing.ts'
import type { Source } from './read.ts'
import { deliveryOf } from './words.ts'

/** Replies, private notes, and the contact's messages in API inboxes. */
export async function createMessages(source: Source, { ticketExternalId, messages }: CreateMessages): Promise<Receipt> {
  const displayId = displayIdIn(ticketExternalId, source)
  const made: NonNullable<Receipt['messages']> = []
  for (const message of messages) {
    const wire = await bodyWith(await messageFields(source, message), message)
    const id = idOf(objectOf(await source.client.createMessage(displayId, wire))?.id)
    if (id === null) throw new TryAgainError('Chatwoot answered without the message it made', { httpStatus: 200 })
    made.push({ externalId: id, conversationExternalId: ticketExternalId })
  }
  return { ticketExternalId, messages: made }
}

/** Failed messages only: older servers would send any other one a second time (SEEN). */
export async function resendMessage(source: Source, order: OnMessage): Promise<Receipt> {
  const { displayId, id, row } = await find(source, order)
  if (!row) throw new GoneError(`Chatwoot has no message ${order.messageExternalId}`)
  const status = wordOf(deliveryOf, row.status)
  if (status !== 'FAILED')
    throw new RefusedError(`Chatwoot sends failed messages again, and this one is ${textOf(row.status) ?? 'none'}`)
  await source.client.retryMessage(displayId, id)
  return receiptFor(order)
}

export async function deleteMessage(source: Source, order: OnMessage): Promise<Receipt> {
  const { displayId, id, row } = await find(source, order)
  const isDeleted = !row || boolOf(objectOf(row.content_attributes)?.deleted) === true
  if (!isDeleted)
    await source.client.deleteMessage(displayId, id).catch((error) => {
      if (!(error instanceof GoneError)) throw error
    })
  return receiptFor(order)
}

/** There is no call for one message: it is the only one between its id and the next. Null: it is gone. */
async function find(
  source: Source,
  order: OnMessage,
): Promise<{ displayId: string; id: string; row: JsonObject | null }> {
  const displayId = displayIdIn(order.ticketExternalId, source)
  const id = order.messageExternalId
  // `9001:2` is one of several with the same number, see the mapping; which one a call would hit cannot be told.
  if (!/^\d+$/.test(id)) throw new RefusedError(`Chatwoot cannot tell the message ${id} from others of its number`)
  const rows = await source.client.messagesBetween(displayId, id, String(BigInt(id) + 1n))
  return { displayId, id, row: rows.map(objectOf).find((row) => idOf(row?.id) === id) ?? null }
}

function receiptFor({ ticketExternalId, conversationExternalId, messageExternalId }: OnMessage): Receipt {
  return { ticketExternalId, messages: [{ externalId: messageExternalId, conversationExternalId }] }
}
