/** Where an entry goes: the ticket, its conversation, and the channel the conversation is on. */
import type { ConversationRecord, JsonObject } from '#connectors/contract.ts'
import { listOf, objectOf, takeNotes, textOf, timeOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import type { ChannelType } from '#vocabulary.ts'
import { channelIdOf, channelTypeOf, openChannelBook } from './channels.ts'
import { rowsOf } from './client.ts'
import { wholeTicket } from './fetch-thread.ts'
import type { Entry } from './message.ts'
import { conversationsFrom, entriesFrom } from './thread.ts'
import { currentTicket, type Writer } from './writer.ts'

export type Place = {
  ticket: JsonObject
  /** Messages name their channel, e.g. `Email` (SEEN). */
  channel: string
  channelType: ChannelType
  accountId: string | null
  /** The conversation in the original channel; null: the vendor's latest on the channel. */
  conversationId: string | null
  contactIdentityId: string | null
}

/** Null: the conversation of the newest message. */
export async function placeOf(writer: Writer, ticketId: string, wanted: string | null): Promise<Place> {
  const { client, settings, learned, host } = writer
  const found = await currentTicket(writer, ticketId, 'ticketingDraft,ticketingMessage')
  const { ticket, thread } = await wholeTicket(client, found, { fetchNotes: false })
  const createdAt = timeOf(ticket.createdTime) ?? host.now()
  const entries = entriesFrom(thread, {
    notes: takeNotes(),
    ticketTime: createdAt,
    agentLanguage: null,
    contactLanguage: null,
    noteFormat: settings.noteFormat,
  })
  const book = openChannelBook({ configured: settings.channelNames, accounts: {}, learned })
  const originalConversationId = textOf(ticket.originalConversationId)
  const conversations = conversationsFrom(entries, {
    ticketId,
    originalConversationId,
    channelExternalId: channelIdOf(ticket.channelId),
    channelAccountExternalId: textOf(ticket.channelAccountId),
    contact: null,
    createdAt,
    book,
  })
  const conversation = conversationIn(conversations, entries, wanted)
  if (!conversation) throw new GoneError(`ticket ${ticketId} has no conversation ${wanted}`)
  const own = entries.filter(({ record }) => conversation.messages.includes(record))
  const named = own.findLast((entry) => entry.conversationId !== null)?.conversationId ?? null
  const isOriginal = wanted !== null && conversation.externalId === `${ticketId}:${originalConversationId}`
  const channelId = conversation.channelExternalId ?? channelIdOf(ticket.lastMessageChannelId)
  return {
    ...(await channelPlace(writer, channelId)),
    ticket,
    accountId: conversation.channelAccountExternalId ?? null,
    conversationId: named ?? (isOriginal ? originalConversationId : null),
    contactIdentityId: identityIn(own),
  }
}

/** The channel behind what a ticket says: a name, or a GUID whose name is configured, known, or seen on a recent ticket. */
export async function channelPlace(
  writer: Writer,
  channelId: string | null,
): Promise<Pick<Place, 'channel' | 'channelType'>> {
  const { settings, learned } = writer
  const nameOf = () => openChannelBook({ configured: settings.channelNames, accounts: {}, learned }).nameOf(channelId)
  if (channelId !== null && nameOf() === null) await learnChannels(writer)
  const channel = nameOf()
  if (channel === null)
    throw new RefusedError(`Comm100 wants the name of a channel with a message: put ${channelId} into \`channelNames\``)
  return { channel, channelType: channelTypeOf(channel) ?? 'OTHER' }
}

/** A ticket's channel is the one of its first message, which has its name. */
async function learnChannels({ client, settings, learned }: Writer): Promise<void> {
  const answer = await client.get('ticketing/tickets', { time: settings.fullSyncSince, include: 'ticketingMessage' })
  const book = openChannelBook({ configured: {}, accounts: {}, learned })
  for (const row of rowsOf(answer, ['tickets'])?.rows ?? []) {
    const ticket = objectOf(row)
    const messages = listOf(ticket?.messages).map(objectOf)
    const first = messages.toSorted((a, b) => (timeOf(a?.time)?.getTime() ?? 0) - (timeOf(b?.time)?.getTime() ?? 0))[0]
    book.learn(channelIdOf(ticket?.channelId), channelIdOf(first?.channelId))
  }
}

function conversationIn(conversations: ConversationRecord[], entries: Entry[], wanted: string | null) {
  if (wanted !== null) return conversations.find(({ externalId }) => externalId === wanted)
  const newest = entries.findLast(({ isNote }) => !isNote)?.record
  return conversations.find(({ messages }) => newest && messages.includes(newest)) ?? conversations[0]
}

function identityIn(entries: Entry[]): string | null {
  for (const { record } of entries.toReversed()) {
    const source = objectOf(objectOf(record.metadata)?.source)
    const identityId = textOf(source?.contactIdentityId)
    if (identityId) return identityId
  }
  return null
}
