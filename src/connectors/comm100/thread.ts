/** A ticket's thread: messages and notes in one order, dealt out to conversations. */
import type { ActorRef, ConversationRecord, Json } from '#connectors/contract.ts'
import { mapEach, objectOf, timeOf } from '#connectors/reading.ts'
import { secretKeys } from './body.ts'
import { type ChannelBook, isGuid } from './channels.ts'
import { type Entry, messageFrom, noteFrom, type ThreadContext } from './message.ts'

export type Thread = { messages: Json[]; notes: Json[] }

/** Messages and notes by time; of one time by the order they are delivered in, then by their place in the answer. */
export function entriesFrom(thread: Thread, context: ThreadContext): Entry[] {
  const options = { notes: context.notes, secretKeys }
  const messages = mapEach(oldestFirst(thread.messages, 'time'), { ...options, subject: 'message' }, (item) =>
    messageFrom(item, context),
  )
  const agentNotes = mapEach(oldestFirst(thread.notes, 'createdTime'), { ...options, subject: 'note' }, (item) =>
    noteFrom(item, context),
  )
  const entries = withoutDoubles([...messages, ...agentNotes]).sort(byTime)
  for (const [index, entry] of entries.entries()) entry.record.sequence = index
  return entries
}

type ConversationContext = {
  ticketId: string
  originalConversationId: string | null
  channelExternalId: string | null
  channelAccountExternalId: string | null
  contact: ActorRef | null
  createdAt: Date
  book: ChannelBook
}

/**
 * A message belongs to the conversation it names; one that names none goes on with the one before it on its channel; the
 * first on the ticket's first channel opens the ticket's original conversation; else there is one per channel. Only
 * earlier messages count, so a thread that grows never moves what it had. Notes stay with the first conversation.
 */
export function conversationsFrom(entries: Entry[], context: ConversationContext): ConversationRecord[] {
  const { ticketId, originalConversationId, book } = context
  const conversations = new Map<string, ConversationRecord>()
  const latestOnChannel = new Map<string, string>()
  const messages = entries.filter((entry) => !entry.isNote)
  const firstChannel = messages[0]?.record.channelExternalId ?? context.channelExternalId
  // The ticket's channel is the one of its first message: that is how a GUID gets a name.
  book.learn(context.channelExternalId, messages[0]?.record.channelExternalId ?? null)
  book.see(context.channelExternalId, context.channelAccountExternalId)

  const open = (key: string, record: ConversationRecord['messages'][number] | null) => {
    const known = conversations.get(key)
    if (known) return known
    const opened: ConversationRecord = {
      externalId: `${ticketId}:${key}`,
      channelExternalId: record?.channelExternalId ?? context.channelExternalId,
      channelAccountExternalId: record?.channelAccountExternalId ?? context.channelAccountExternalId,
      contact: context.contact,
      createdAt: record?.createdAt ?? context.createdAt,
      messages: [],
    }
    conversations.set(key, opened)
    return opened
  }
  const keyOf = ({ record, conversationId }: Entry) => {
    const channel = record.channelExternalId ?? ''
    const isFirstChannel = record.channelExternalId === null || record.channelExternalId === firstChannel
    const key =
      (conversationId && (isGuid(conversationId) ? conversationId.toLowerCase() : conversationId)) ??
      latestOnChannel.get(channel) ??
      ((isFirstChannel ? originalConversationId : null) || record.channelExternalId || 'main')
    latestOnChannel.set(channel, key)
    return key
  }

  const firstKey = messages[0] ? keyOf(messages[0]) : originalConversationId || context.channelExternalId || 'main'
  for (const entry of entries) {
    const { record, isNote } = entry
    if (isNote) {
      open(firstKey, messages[0]?.record ?? null).messages.push(record)
      continue
    }
    book.see(record.channelExternalId ?? null, record.channelAccountExternalId ?? null)
    open(entry === messages[0] ? firstKey : keyOf(entry), record).messages.push(record)
  }
  if (conversations.size === 0) open(firstKey, null)
  return [...conversations.values()]
}

// A list that starts with the newest is turned round, so that messages of one time keep the order they were written in.
function oldestFirst(items: Json[], field: string): Json[] {
  const first = timeOf(objectOf(items[0])?.[field])?.getTime()
  const last = timeOf(objectOf(items.at(-1))?.[field])?.getTime()
  return first !== undefined && last !== undefined && first > last ? items.toReversed() : items
}

function withoutDoubles(entries: Entry[]): Entry[] {
  const byId = new Map(entries.map((entry) => [entry.record.externalId, entry]))
  return byId.size === entries.length ? entries : [...byId.values()]
}

function byTime({ record: a }: Entry, { record: b }: Entry): number {
  const apart = a.at.getTime() - b.at.getTime()
  if (apart !== 0 || !a.delivery?.groupId || a.delivery.groupId !== b.delivery?.groupId) return apart
  return (a.delivery.orderNumber ?? 0) - (b.delivery.orderNumber ?? 0)
}
