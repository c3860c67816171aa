/** Everything that can be changed at Comm100. Absent: what it has no call for (deleting messages, muting, merging contacts). */
import type { Operations } from '#connectors/operations.ts'
import { findTicket } from './find-ticket.ts'
import { deleteDraft, saveDraft } from './operations-drafts.ts'
import { createMessages, resendMessage, updateMessage } from './operations-messages.ts'
import {
  createTicket,
  deleteTicket,
  markTicket,
  mergeTickets,
  recycleTicket,
  restoreTicket,
  updateTicket,
} from './operations-tickets.ts'
import { createContact, findContact, updateContact } from './people-writes.ts'
import { deleteTag, ensureTag, renameTag } from './tag-writes.ts'
import type { Writer } from './writer.ts'

export function operationsOf(writer: Writer): Operations {
  return {
    createTicket: (order) => createTicket(writer, order),
    findTicket: (order, since) => findTicket(writer, order, since),
    updateTicket: (order) => updateTicket(writer, order),
    deleteTicket: (order) => deleteTicket(writer, order),
    recycleTicket: (order) => recycleTicket(writer, order),
    restoreTicket: (order) => restoreTicket(writer, order),
    mergeTickets: (order) => mergeTickets(writer, order),
    markTicket: (order) => markTicket(writer, order),
    createMessages: (order) => createMessages(writer, order),
    resendMessage: (order) => resendMessage(writer, order),
    updateMessage: (order) => updateMessage(writer, order),
    saveDraft: (order) => saveDraft(writer, order),
    deleteDraft: (order) => deleteDraft(writer, order),
    createContact: async (order) => ({ contactExternalId: await createContact(writer, order) }),
    findContact: (order) => findContact(writer, order),
    async updateContact(order) {
      await updateContact(writer, order)
      return { contactExternalId: order.externalId }
    },
    createTag: async ({ name }) => ({ tagExternalId: await ensureTag(writer, name) }),
    async updateTag({ externalId, name }) {
      await renameTag(writer, externalId, name)
      return { tagExternalId: externalId }
    },
    async deleteTag({ externalId }) {
      await deleteTag(writer, externalId)
      return { tagExternalId: externalId }
    },
  }
}
