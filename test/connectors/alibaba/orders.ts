/** Orders as the deliverer gives them, with sensible values for whatever a test leaves out. */
import type { CreateTicket, OutgoingFile, OutgoingMessage } from '#connectors/operations.ts'

type MessagePart = Partial<Omit<OutgoingMessage, 'body'>> & { text?: string }

export function message({ text = 'Thank you.', ...more }: MessagePart = {}): OutgoingMessage {
  return {
    marker: '01900000-0000-7000-8000-000000000001',
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
    ...more,
  }
}

export function file(name: string, content: string): OutgoingFile {
  const bytes = Buffer.from(content)
  return { name, contentType: 'text/plain', sizeBytes: bytes.length, isInline: false, bytes: async () => bytes }
}

/** An account of ours that the vendor knows, or somebody it does not know. */
export function requester(externalId: string | null, email: string | null = null) {
  return { type: 'CONTACT', externalId, name: null, email, phone: null } as const
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
