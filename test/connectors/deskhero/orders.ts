/** Orders as the deliverer gives them, with everything left out that a test does not speak of. */
import type { CreateTicket, OutgoingMessage } from '#connectors/operations.ts'
import { outgoingActor, outgoingMessage, written } from '../outgoing.ts'

export { outgoingActor as actor, outgoingFile as file } from '../outgoing.ts'

export function message(text: string, partial: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return outgoingMessage({ marker: '0198c0de-0000-7000-8000-000000000001', body: written(text), ...partial })
}

export function html(text: string, own: string): Partial<OutgoingMessage> {
  return { body: written(text, own) }
}

export function newTicket(
  subject: string,
  { messages = [], ...fields }: Partial<CreateTicket['fields']> & { messages?: OutgoingMessage[] } = {},
): CreateTicket {
  return {
    marker: '0198c0de-0000-7000-8000-000000000002',
    fields: { requester: outgoingActor({ email: 'budi@customer.example', name: 'Budi Santoso' }), ...fields, subject },
    createdBy: null,
    originalConversationId: null,
    messages,
  }
}
