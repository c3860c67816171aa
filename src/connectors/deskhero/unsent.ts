/** Answers nobody has sent: what a machine suggests and what an agent left half-written. */
import type { ConversationRecord, DraftRecord, Json, JsonObject } from '#connectors/contract.ts'
import { idOf, mapEach, objectOf, timeOf } from '#connectors/reading.ts'
import { isBlank, readBody } from './body.ts'
import { addressesIn, attachmentsIn, conversationFrom, fileSecrets, type Reading, type TicketFrame } from './entry.ts'
import type { WireEntry } from './types.ts'

/** `suggested_reply`: an entry of the thread once more, or a text of its own. Its shape is not stated. */
export function suggestedIn(
  complete: JsonObject | null,
  frame: TicketFrame,
  known: ConversationRecord[],
  reading: Reading,
): ConversationRecord | null {
  const value = complete?.suggested_reply
  if (value === null || value === undefined || isBlank(readBody(contentOf(value)).body)) return null
  const id = idOf(objectOf(value)?.id)
  if (id !== null && known.some(({ externalId }) => externalId === id)) return null
  const entry = { ...objectOf(value), sys_content_rich: contentOf(value) }
  const externalId = `suggested:${frame.externalId}`
  return (
    mapEach([entry as Json], { subject: 'message', notes: reading.notes, secretKeys: fileSecrets }, (item) =>
      conversationFrom(item, Number.MAX_SAFE_INTEGER, frame, reading, { type: 'SUGGESTED_REPLY', externalId }),
    )[0] ?? null
  )
}

/** `auto_saved_reply`: what an agent has not sent yet. Its shape is ASSUMED: an entry of the thread, or its content. */
export function draftsIn(
  complete: JsonObject | null,
  frame: TicketFrame,
  changedAt: Date | null,
  reading: Reading,
): { drafts?: DraftRecord[] } {
  const value = complete?.auto_saved_reply
  if (value === undefined) return {}
  const { body, contentType } = readBody(contentOf(value))
  const entry = (objectOf(value) ?? {}) as WireEntry
  const attachments = attachmentsIn(entry, reading, null)
  if (isBlank(body) && attachments.length === 0) return { drafts: [] }
  const createdAt = timeOf(entry.created, reading.settings.zone)
  const updatedAt =
    timeOf(entry.last_updated, reading.settings.zone) ?? createdAt ?? changedAt ?? frame.createdAt ?? new Date(0)
  const externalId = idOf(entry.id) ?? `auto:${frame.externalId}`
  const updatedBy = reading.people.user(entry.last_updated_by ?? entry.created_by, frame.requester)
  const addresses = addressesIn(entry, externalId, reading.notes)
  return {
    drafts: [
      {
        externalId,
        type: 'REPLY_OUTBOUND',
        body,
        contentType,
        addresses,
        attachments,
        updatedBy,
        createdAt,
        updatedAt,
      },
    ],
  }
}

function contentOf(value: Json): Json {
  const object = objectOf(value)
  return object ? (object.sys_content_rich ?? object.content_rich ?? object.content ?? object) : value
}
