/** Parts of orders as the deliverer gives them, with everything left empty that is not said. */
import type { OutgoingActor, OutgoingBody, OutgoingFile, OutgoingMessage } from '#connectors/operations.ts'

/** A reply, unless it is said to be something else. */
export function outgoingMessage(
  said: Partial<OutgoingMessage> & Pick<OutgoingMessage, 'marker' | 'body'>,
): OutgoingMessage {
  return {
    type: 'REPLY_OUTBOUND',
    subject: null,
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
    quotedText: null,
    ...said,
  }
}

export function written(text: string, html: string | null = null): OutgoingBody {
  return { text, html, markdown: null, editorjs: null }
}

/** A contact, unless it is said to be somebody else. */
export function outgoingActor(said: Partial<OutgoingActor> = {}): OutgoingActor {
  return { type: 'CONTACT', externalId: null, name: null, email: null, phone: null, ...said }
}

export function outgoingFile(name: string, contentType: string, content: string | Uint8Array): OutgoingFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return { fileKey: null, name, contentType, sizeBytes: bytes.length, isInline: false, bytes: async () => bytes }
}
