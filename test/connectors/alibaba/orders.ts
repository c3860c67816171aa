/** Orders as the deliverer gives them, with sensible values for whatever a test leaves out. */
import type { CreateTicket, OutgoingActor, OutgoingFile, OutgoingMessage } from '#connectors/operations.ts'
import { outgoingActor, outgoingFile, outgoingMessage, written } from '../outgoing.ts'

type MessagePart = Partial<Omit<OutgoingMessage, 'body'>> & { text?: string }

export function message({ text = 'Thank you.', ...more }: MessagePart = {}): OutgoingMessage {
  return outgoingMessage({ marker: '01900000-0000-7000-8000-000000000001', body: written(text), ...more })
}

export function file(name: string, content: string): OutgoingFile {
  return outgoingFile(name, 'text/plain', content)
}

/** An account of ours that the vendor knows, or somebody it does not know. */
export function requester(externalId: string | null, email: string | null = null): OutgoingActor {
  return outgoingActor({ externalId, email })
}

type TicketPart = { fields?: Partial<CreateTicket['fields']>; messages?: OutgoingMessage[] }

export function newTicket({
  fields = {},
  messages = [message({ text: 'It is full.' })],
}: TicketPart = {}): CreateTicket {
  return {
    marker: '01900000-0000-7000-8000-000000000000',
    fields: { subject: 'Disk full', requester: requester(null), ...fields },
    createdBy: null,
    originalConversationId: null,
    messages,
  }
}
