/**
 * 5. The operations: one function per call of the vendor, absent where it has none. Each sends and says what was made; what
 *    the vendor refuses or loses is an error of `errors.ts`, which `http.ts` throws by itself. Nothing is sent twice here.
 */
import type { Http } from '#connectors/http.ts'
import type { CreateMessages, Operations, Receipt, UpdateTicket } from '#connectors/operations.ts'
import { idOf, objectOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import { writing } from './writing.ts'

export function operationsOf(http: Http): Operations {
  return {
    createMessages: (order) => reply(http, order),
    updateTicket: (order) => setState(http, order),
  }
}

/** Source: the vendor's reference, "Answer a case" (made up). It answers with the entry. */
async function reply(http: Http, { ticketExternalId, messages: [message] }: CreateMessages): Promise<Receipt> {
  // A note that went out as an answer could not be taken back: what the vendor has no word for is refused.
  if (message?.type !== 'REPLY_OUTBOUND') throw new RefusedError('Example takes answers only')
  const path = `cases/${encodeURIComponent(ticketExternalId)}/entries`
  const answer = await http.send({ method: 'POST', path, body: { text: message.body.text }, isRead: false })
  const externalId = idOf(objectOf(answer.json())?.id)
  return { messages: [externalId === null ? null : { externalId, conversationExternalId: ticketExternalId }] }
}

/** Setting the same state twice changes nothing, so this may be repeated. */
async function setState(http: Http, { ticketExternalId, changes }: UpdateTicket): Promise<Receipt> {
  const state = changes.status && writing.statuses[changes.status]?.raw
  if (!state) throw new RefusedError(`Example has no state for ${changes.status}`)
  await http.send({
    method: 'PUT',
    path: `cases/${encodeURIComponent(ticketExternalId)}`,
    body: { state },
    isRead: false,
  })
  return {}
}
