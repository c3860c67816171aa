/** Answers nobody has sent: what a machine suggests. What an agent left half-written is kept in our store only. */
import type { ConversationRecord, Json, JsonObject } from '#connectors/contract.ts'
import { idOf, mapEach, objectOf } from '#connectors/reading.ts'
import { isBlank, readBody } from './body.ts'
import { conversationFrom, fileSecrets, type Reading, type TicketFrame } from './entry.ts'

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

function contentOf(value: Json): Json {
  const object = objectOf(value)
  return object ? (object.sys_content_rich ?? object.content_rich ?? object.content ?? object) : value
}
