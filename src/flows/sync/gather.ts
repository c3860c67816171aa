/** A page's tickets, conversations and messages, each once. A page may bring one thing twice: the newer one counts. */
import type { ConversationRecord, MessageRecord, Records, TicketRecord } from '#connectors/contract.ts'

export type Gathered = {
  tickets: Map<string, TicketRecord>
  conversations: Map<string, ConversationItem>
  messages: Map<string, MessageItem>
}
export type ConversationItem = { ticketExternalId: string; record: ConversationRecord }
export type MessageItem = { ticketExternalId: string; conversationKey: string; record: MessageRecord }

/** Some vendors give one conversation id to several tickets, so the ticket is part of a conversation's identity. */
export function conversationKeyOf(ticketExternalId: string, conversationExternalId: string): string {
  return JSON.stringify([ticketExternalId, conversationExternalId])
}

/** Keys are external ids, for conversations with their ticket's; the order is that of the page. Nothing of a ticket's older copy is lost but its own fields. */
export function gather({ tickets }: Pick<Records, 'tickets'>): Gathered {
  const gathered: Gathered = { tickets: new Map(), conversations: new Map(), messages: new Map() }
  for (const ticket of tickets) {
    const earlier = gathered.tickets.get(ticket.externalId)
    if (!earlier || isNewer(ticket.updatedAt, earlier.updatedAt)) gathered.tickets.set(ticket.externalId, ticket)
    for (const record of ticket.conversations) {
      const ticketExternalId = ticket.externalId
      const conversationKey = conversationKeyOf(ticketExternalId, record.externalId)
      const other = gathered.conversations.get(conversationKey)
      if (!other || isNewer(record.updatedAt ?? ticket.updatedAt, other.record.updatedAt ?? null)) {
        gathered.conversations.set(conversationKey, { ticketExternalId, record })
      }
      for (const message of record.messages) {
        const twin = gathered.messages.get(message.externalId)
        if (twin && !isNewer(message.updatedAt, twin.record.updatedAt)) continue
        gathered.messages.set(message.externalId, { ticketExternalId, conversationKey, record: message })
      }
    }
  }
  return gathered
}

/** The later one in the page wins where the times do not tell. */
function isNewer(time: Date | null | undefined, than: Date | null | undefined): boolean {
  return !time || !than || time >= than
}

/** Items once per external id, the last one counting. */
export function onceEach<Item extends { externalId: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.externalId, item])).values()]
}
