import type { DraftRecord } from '#connectors/contract.ts'
import { boolOf, guidOf, type Notes, objectOf, timeOf } from '#connectors/reading.ts'
import { attachmentsFrom, bodyFrom, contentTypeFrom, decodedText, emailAddressesFrom, rawOf } from './body.ts'
import type { WireDraft } from './types.ts'

type DraftContext = { externalId: string; notes: Notes; otherwise: Date }

/** One unsent answer per ticket, so the ticket's id is its id. Source: vendor's reference, Draft (SEEN in the ticket samples). */
export function draftFrom(value: unknown, { externalId, notes, otherwise }: DraftContext): DraftRecord | null {
  const wire: WireDraft | null = objectOf(value)
  if (!wire || Object.keys(wire).length === 0) return null
  const metadata = objectOf(wire.metadata)
  const email = objectOf(objectOf(metadata?.decoration)?.email)
  const contentType = contentTypeFrom(wire.type, { subject: 'draft', id: externalId, notes })
  const agentId = guidOf(wire.lastUpdatedById)
  const onBroken = (problem: string) => notes.unmapped('draft', externalId, 'body', problem)
  return {
    externalId,
    type: 'REPLY_OUTBOUND',
    subject: decodedText(email?.subject),
    body: bodyFrom(wire.body, contentType, onBroken),
    contentType,
    addresses: emailAddressesFrom(email),
    quotedText: decodedText(email?.quote),
    attachments: attachmentsFrom(wire.attachments, notes),
    hasUnreceivedAttachment: boolOf(email?.ifHasAttachmentNotReceived) === true,
    metadata: metadata ? rawOf(metadata) : null,
    updatedBy: agentId ? { type: 'AGENT', externalId: agentId } : null,
    updatedAt: timeOf(wire.lastUpdatedTime) ?? otherwise,
  }
}
