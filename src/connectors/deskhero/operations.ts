/**
 * What DeskHero can be told to do. Absent, since no call for it was found: recycling, restoring, read state, muting,
 * sending again, removing an entry, contacts, and new or renamed tags.
 */
import type { Operations } from '#connectors/operations.ts'
import type { Client } from './client.ts'
import { findTicket } from './find-ticket.ts'
import type { Looking } from './looking.ts'
import { messageOperations } from './operations-messages.ts'
import { ticketOperations } from './operations-tickets.ts'
import type { Settings } from './settings.ts'

export function operationsOf(client: Client, looking: Looking, settings: Settings): Operations {
  const messages = messageOperations(client, looking, settings)
  return {
    ...ticketOperations(client, looking, settings, messages),
    findTicket: (order, since) => findTicket({ client, looking, settings }, order, since),
    createMessages: messages.createMessages,
    updateMessage: messages.updateMessage,
  }
}
