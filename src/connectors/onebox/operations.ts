/** What a session can change at OneBox. Whatever is not here the vendor has no call for. */
import type { Operations } from '#connectors/operations.ts'
import { GoneError } from '#errors.ts'
import { createContact, findContact } from './contact-writing.ts'
import { createTicket } from './create-ticket.ts'
import { findTicket } from './find-ticket.ts'
import { sendReply } from './reply.ts'
import type { SessionParts } from './whole.ts'

export function operationsOf(parts: SessionParts): Operations {
  const { client, settings } = parts
  return {
    createTicket: (order) => createTicket(order, parts),
    findTicket: (order, since) => findTicket(order, since, parts),
    /** Gone for good (SEEN); one that is not there any more is deleted already. */
    async deleteTicket({ ticketExternalId }) {
      await client.deleteTicket(ticketExternalId).catch((error: unknown) => {
        if (!(error instanceof GoneError)) throw error
      })
      return {}
    },
    createMessages: (order) => sendReply(order, parts),
    createContact: (order) => createContact(order, client),
    ...(settings.contactsPath !== null && { findContact: (order) => findContact(order, client) }),
  }
}
