/** What writing the parts of tickets needs to know. */
import type { TicketRecord } from '#connectors/contract.ts'
import type { BodyColumns } from '#domain/messages/bodies.ts'
import type { ConversationType } from '#vocabulary.ts'
import type { RowContext } from './ticket-rows.ts'

export type ChangedTicket = { id: string; record: TicketRecord; isNew: boolean }

/** The graph's ticket fields that changed, by ticket id. */
export type ChangedParts = Map<string, Set<string>>

export type PartsInput = {
  changed: ChangedTicket[]
  /** The ticket that shows what belongs to another: where a merge moved its thread, else itself. */
  ownerOf(ticketId: string): string
  /** Tickets whose tags stay as they are here. */
  keepsTags(ticket: ChangedTicket): boolean
  context: RowContext
  /** Where a mention's message is, by external id. */
  messageIdOf(externalId: string): string | null
  /** Made before the transaction, by external id of the draft. */
  draftBodies: Map<string, BodyColumns>
  /** Tickets with a change of their draft under way. */
  keepsDrafts(ticket: ChangedTicket): boolean
  /** The kinds of drafts that the vendor keeps for clients; what else it has is only shown. */
  keptDraftTypes: readonly ConversationType[]
  /** Called for each ticket with what its rows say: whatever the vendor's own flag. */
  noteHasDraft(ticketId: string, hasDraft: boolean): void
}

export type Note = (ticketId: string, field: string) => void
