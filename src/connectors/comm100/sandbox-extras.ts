/** What this vendor keeps of a ticket or a message and the shared desk has no place for. */
import type { JsonObject } from '#connectors/contract.ts'
import type { DeskAuthor, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'

type TicketExtras = {
  originalConversationId?: string
  accountId?: number
  agentLanguage?: string
  isAutoTranslationOn?: boolean
  createdBy?: DeskAuthor
}
const ofTickets = new WeakMap<DeskTicket, TicketExtras>()

export function extrasOf(ticket: DeskTicket): TicketExtras {
  return ofTickets.get(ticket) ?? {}
}

/** What is undefined stays as it was. */
export function keepExtras(ticket: DeskTicket, extras: TicketExtras): void {
  const said = Object.fromEntries(Object.entries(extras).filter(([, value]) => value !== undefined))
  ofTickets.set(ticket, { ...extrasOf(ticket), ...said })
}

/** What came with a message that was written through the interface. */
export type PostedMessage = {
  type: string
  channelId: string
  metadata: JsonObject
  isInternal: boolean
  ifDisplayInTicketCorrespondences: boolean
  isOriginalSentToContact: boolean
  showInlineImage: boolean
}

export function postedOf({ clientData }: DeskMessage): PostedMessage | null {
  return (clientData as PostedMessage | undefined) ?? null
}
