/**
 * What Chatwoot carries out. Absent: recycle, restore and merge of conversations (it has none; ours alone), changing a
 * message (it cannot). Source: the vendor's API reference and controllers, see `client-writes.ts`.
 */
import type { Operations } from '#connectors/operations.ts'
import { createContact, findContact, mergeContacts, updateContact } from './operations-contacts.ts'
import { createMessages, deleteMessage, resendMessage } from './operations-messages.ts'
import { createTicket, findTicket } from './operations-new-ticket.ts'
import { createTag, deleteTag, updateTag } from './operations-tags.ts'
import { deleteTicket, markTicket, muteConversation, updateTicket } from './operations-tickets.ts'
import type { Source } from './read.ts'

export function operationsOf(source: Source): Operations {
  return {
    createTicket: (order) => createTicket(source, order),
    findTicket: (order, since) => findTicket(source, order, since),
    updateTicket: (order) => updateTicket(source, order),
    deleteTicket: (order) => deleteTicket(source, order),
    markTicket: (order) => markTicket(source, order),
    createMessages: (order) => createMessages(source, order),
    resendMessage: (order) => resendMessage(source, order),
    deleteMessage: (order) => deleteMessage(source, order),
    muteConversation: (order) => muteConversation(source, order),
    createContact: (order) => createContact(source, order),
    findContact: (order) => findContact(source, order),
    updateContact: (order) => updateContact(source, order),
    mergeContacts: (order) => mergeContacts(source, order),
    createTag: (order) => createTag(source, order),
    updateTag: (order) => updateTag(source, order),
    deleteTag: (order) => deleteTag(source, order),
  }
}
