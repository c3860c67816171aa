/** Which of a page's things are new, changed, moved or older than what we have. Reads, and locks what will be written. */
import { v7 as uuidv7 } from 'uuid'
import type { TicketRecord } from '#connectors/contract.ts'
import { noOpenWrites, type OpenWrites, openWritesOf } from '#domain/deliveries/open-writes.ts'
import type { BodyColumns, CleanTranslation } from '#domain/messages/bodies.ts'
import type { Db } from '#platform/db/client.ts'
import type { Gathered, MessageItem } from './gather.ts'
import { contentHash } from './hash.ts'
import {
  type KnownConversation,
  type KnownMessage,
  type KnownTicket,
  knownConversations,
  knownTickets,
  threadOwners,
} from './reading-rows.ts'
import type { RowContext } from './ticket-rows.ts'

/** A message that is new or says something else than the one we have. Its body was made before the transaction. */
export type ChangedMessage = MessageItem & {
  hash: string
  known: KnownMessage | null
  body: BodyColumns
  translation: CleanTranslation | null
}

export type PlannedTicket = { id: string; externalId: string; record: TicketRecord; hash: string; isNew: boolean }
export type PlannedConversation = {
  id: string
  key: string
  ticketId: string
  /** The ticket it belongs to at the vendor, when its thread was moved; else null. */
  originTicketId: string | null
  hash: string
  before: KnownConversation | null
}
export type PlannedMessage = ChangedMessage & { id: string; ticketId: string; conversationId: string; isNew: boolean }

export type Plan = {
  known: Map<string, KnownTicket>
  /** Of every ticket of the page by external id, of every conversation by its key. */
  ticketIds: Map<string, string>
  conversationIds: Map<string, string>
  /** Tickets (external ids) whose own fields stay, since the answer is an older one. */
  outdated: Set<string>
  /** Where threads were moved to by a merge of ours, by the id of the ticket they belong to. */
  owners: Map<string, string>
  /** What changes of ours are under way for: it stays as it is until the vendor has it. */
  openWrites: OpenWrites
  tickets: PlannedTicket[]
  conversations: PlannedConversation[]
  messages: PlannedMessage[]
}

export async function planPage(
  tx: Db,
  input: {
    backend: { workspaceId: string; id: string }
    gathered: Gathered
    context: RowContext
    changedMessages: ChangedMessage[]
  },
): Promise<Plan> {
  const { backend, gathered, context, changedMessages } = input
  const ticketKeys = [...gathered.tickets.keys()]
  const seen = await knownTickets(tx, backend, ticketKeys, { lock: false })
  const knownOnes = await knownConversations(tx, backend, [...seen.values()])
  const ticketIds = new Map(ticketKeys.map((key) => [key, seen.get(key)?.id ?? uuidv7()]))
  const conversationIds = new Map(
    [...gathered.conversations.keys()].map((key) => [key, knownOnes.get(key)?.id ?? uuidv7()]),
  )

  let owners = await threadOwners(tx, backend, movedIn(seen))
  let openWrites = noOpenWrites
  // What seems to be unchanged is not locked: a lock is a write too, and a full round comes by here every day.
  const touched = new Set(changedMessages.map(({ ticketExternalId }) => ticketExternalId))
  for (const { externalId } of changedTickets(seen, new Set())) touched.add(externalId)
  for (const { key } of changedConversations(seen, new Set())) touched.add(ownerOf(key))
  const known = new Map([...seen, ...(await knownTickets(tx, backend, [...touched], { lock: true }))])

  owners = await threadOwners(tx, backend, movedIn(known))
  openWrites = await openWritesOf(
    tx,
    backend.workspaceId,
    [...known.values()].map(({ id }) => id),
  )

  const outdated = new Set<string>()
  for (const [key, record] of gathered.tickets) {
    const before = known.get(key)
    if (before && isOlder(record, context.fetchedAt, before)) outdated.add(key)
  }
  const tickets = changedTickets(known, outdated).filter(({ externalId }) => touched.has(externalId))
  const conversations = changedConversations(known, outdated).filter(({ key }) => touched.has(ownerOf(key)))
  const messages = changedMessages.filter(isCurrent).map((message) => ({
    ...message,
    id: message.known?.id ?? uuidv7(),
    ticketId: threadOwnerOf(message.ticketExternalId),
    conversationId: conversationIds.get(message.conversationKey) as string,
    isNew: message.known === null,
  }))
  return { known, ticketIds, conversationIds, outdated, owners, openWrites, tickets, conversations, messages }

  function ownerOf(conversationKey: string): string {
    return gathered.conversations.get(conversationKey)?.ticketExternalId as string
  }

  function threadOwnerOf(ticketExternalId: string): string {
    const id = ticketIds.get(ticketExternalId) as string
    return owners.get(id) ?? id
  }

  function changedTickets(current: Map<string, KnownTicket>, left: Set<string>): PlannedTicket[] {
    return [...gathered.tickets].flatMap(([externalId, record]) => {
      const before = current.get(externalId)
      const hash = ticketHash(record, context)
      const isSame = before?.contentHash === hash && !before.vanishedAt
      return isSame || left.has(externalId)
        ? []
        : [{ id: ticketIds.get(externalId) as string, externalId, record, hash, isNew: !before }]
    })
  }

  /** Of a ticket whose fields stay only new conversations. */
  function changedConversations(current: Map<string, KnownTicket>, left: Set<string>): PlannedConversation[] {
    return [...gathered.conversations].flatMap(([key, { ticketExternalId, record }]) => {
      const before = knownOnes.get(key) ?? null
      if (before && left.has(ticketExternalId)) return []
      const ownId = ticketIds.get(ticketExternalId) as string
      if (before && openWrites.fieldsOf(ownId).has('conversations')) return []
      const ticketId = threadOwnerOf(ticketExternalId)
      const originTicketId = ticketId === ownId ? null : ownId
      const { messages: _messages, ...own } = record
      const { channelExternalId: channel, channelAccountExternalId: account } = own
      const shown = left.has(ticketExternalId) ? current.get(ticketExternalId) : gathered.tickets.get(ticketExternalId)
      const hash = contentHash(
        ...[own, ticketId, shown?.status, shown?.statusDetail],
        channel && context.references.channelId(channel),
        account && context.references.accountId(account),
      )
      const id = conversationIds.get(key) as string
      return before?.contentHash === hash ? [] : [{ id, key, ticketId, originTicketId, hash, before }]
    })
  }

  function isCurrent({ known: before, record, ticketExternalId }: ChangedMessage): boolean {
    if (!before) return true
    if (openWrites.messageIds.has(before.id)) return false
    // Without a hash it was written here last: our clock says nothing of the vendor's.
    const isOurs = before.contentHash === ''
    if (!isOurs && record.updatedAt && record.updatedAt.getTime() !== before.updatedAt.getTime())
      return record.updatedAt > before.updatedAt
    const ticket = known.get(ticketExternalId)
    return !ticket || context.fetchedAt >= ticket.fetchedAt
  }
}

function movedIn(known: Map<string, KnownTicket>): string[] {
  return [...known.values()].filter(({ isThreadMoved }) => isThreadMoved).map(({ id }) => id)
}

/** The vendor's own times decide; where they are equal or unknown, what was asked for later is right. */
function isOlder(record: TicketRecord, fetchedAt: Date, before: KnownTicket): boolean {
  if (record.updatedAt && before.vendorUpdatedAt && record.updatedAt.getTime() !== before.vendorUpdatedAt.getTime()) {
    return record.updatedAt < before.vendorUpdatedAt
  }
  return fetchedAt < before.fetchedAt
}

/** With the ids it points at: a channel that becomes known later makes it another. Threads have hashes of their own. */
function ticketHash({ conversations: _conversations, ...own }: TicketRecord, { references }: RowContext): string {
  const channels = [own.channelExternalId, own.lastMessageChannelExternalId]
  const accounts = [own.channelAccountExternalId, own.lastMessageChannelAccountExternalId]
  return contentHash(
    own,
    channels.map((key) => key && references.channelId(key)),
    accounts.map((key) => key && references.accountId(key)),
    own.departmentExternalId && references.departmentId(own.departmentExternalId),
  )
}
