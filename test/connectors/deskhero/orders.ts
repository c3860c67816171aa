/** Orders as the deliverer gives them, with everything left out that a test does not speak of. */
import type { CreateTicket, OutgoingActor, OutgoingFile, OutgoingMessage } from '#connectors/operations.ts'

export function message(text: string, partial: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    marker: '0198c0de-0000-7000-8000-000000000001',
    type: 'REPLY_OUTBOUND',
    subject: null,
    body: { text, html: null, markdown: null, editorjs: null },
    addresses: [],
    attachments: [],
    mentionedAgentExternalIds: [],
    parentExternalId: null,
    forwarded: null,
    sender: null,
    isRead: null,
    sourceId: null,
    channelAccountExternalId: null,
    at: null,
    showInlineImages: null,
    showInCorrespondence: null,
    contentAttributes: null,
    metadata: null,
    ...partial,
  }
}

export function html(text: string, own: string): Partial<OutgoingMessage> {
  return { body: { text, html: own, markdown: null, editorjs: null } }
}

export function file(name: string, contentType: string, bytes: Uint8Array): OutgoingFile {
  return { name, contentType, sizeBytes: bytes.length, isInline: false, bytes: async () => bytes }
}

export function actor(partial: Partial<OutgoingActor>): OutgoingActor {
  return { type: 'CONTACT', externalId: null, name: null, email: null, phone: null, ...partial }
}

export function newTicket(
  subject: string,
  { messages = [], ...fields }: Partial<CreateTicket['fields']> & { messages?: OutgoingMessage[] } = {},
): CreateTicket {
  return {
    marker: '0198c0de-0000-7000-8000-000000000002',
    fields: { requester: actor({ email: 'budi@customer.example', name: 'Budi Santoso' }), ...fields, subject },
    createdBy: null,
    originalConversationId: null,
    messages,
  }
}
