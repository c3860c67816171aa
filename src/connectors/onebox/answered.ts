/** Which message an answer answers. */
import type { CreateMessages } from '#connectors/operations.ts'
import { boolOf, idOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import { timeOfMessage } from './map-message.ts'
import type { KeyedMessage } from './thread.ts'
import type { Message } from './types.ts'

/**
 * The contact's message that the order names as its parent, else the last one of its conversation. The ids are those of
 * records: conversations without an id of the vendor's are `ticket:` and the ticket's.
 * @throws RefusedError when the contact said nothing there: OneBox has no other way to tell where an answer belongs.
 */
export function answeredIn(
  thread: KeyedMessage[],
  { ticketExternalId, conversationExternalId, messages }: CreateMessages,
  zone: string,
): Message {
  const parentId = messages[0]?.parentExternalId ?? null
  const incoming = thread.filter(({ message }) => boolOf(message.Incoming) === true)
  const parent = parentId === null ? undefined : incoming.find(({ externalId }) => externalId === parentId)
  if (parent) return parent.message

  const isThere = ({ message }: KeyedMessage) =>
    conversationExternalId === null ||
    conversationExternalId === (idOf(message.ConversationId) ?? `ticket:${ticketExternalId}`)
  const last = incoming.filter(isThere).reduce<Message | null>((one, { message }) => {
    return one && isLater(one, message, zone) ? one : message
  }, null)
  if (last) return last
  const where = conversationExternalId === null ? '' : ` in conversation ${conversationExternalId}`
  throw new RefusedError(`ticket ${ticketExternalId} has no message of the contact${where} that could be answered`)
}

function isLater(one: Message, other: Message, zone: string): boolean {
  const [first, second] = [one, other].map((message) => timeOfMessage(message, zone)?.getTime() ?? 0) as [
    number,
    number,
  ]
  return first > second || (first === second && Number(idOf(one.Id)) > Number(idOf(other.Id)))
}
