/** What each operation does at the help desk, and how to tell afterwards whether it was done. */
import type { ContactFields, Operations, Receipt } from '#connectors/operations.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import type { DeliveryInputs, PromisedOperation } from '#domain/deliveries/promise.ts'
import { RefusedError } from '#errors.ts'
import type { Claimed } from './claim.ts'
import {
  changesFrom,
  contactAtVendor,
  contactOrder,
  conversationAtVendor,
  conversationIdsOf,
  HopelessError,
  messageOrder,
  messagesFrom,
  newTicketOrder,
  type Source,
  tagAtVendor,
  tagOrder,
  ticketAtVendor,
  ticketIdAtVendor,
} from './outgoing.ts'

/**
 * Makes the order from our rows, and gives back the call: everything that can be wrong on our side is found before
 * anything goes out.
 */
type Prepare<Name extends PromisedOperation> = (
  source: Source,
  delivery: Claimed & { input: DeliveryInputs[Name] },
  operations: Operations,
) => Promise<() => Promise<Done>>

/** `sentIds`: which of our messages went out, in the order of the receipt's. */
export type Done = Receipt & { sentIds?: string[] }

type Operation<Name extends PromisedOperation> = {
  /** True: carrying it out twice does no more than once, so it is just repeated. */
  isRepeatable: boolean
  prepare: Prepare<Name>
}

/** @throws RefusedError where the vendor has no such call, although the capability table promised it. */
function able<Name extends keyof Operations>(operations: Operations, name: Name): NonNullable<Operations[Name]> {
  const operation = operations[name]
  if (!operation) throw new RefusedError(`the connector of this help desk has no ${name}`)
  return operation
}

const onTicket =
  (name: 'deleteTicket' | 'recycleTicket' | 'restoreTicket') =>
  async (source: Source, { ticketId }: Claimed, operations: Operations) => {
    const call = able(operations, name)
    const ticketExternalId = await ticketAtVendor(source, idOf(ticketId))
    return () => call({ ticketExternalId })
  }

const onMessage =
  (name: 'resendMessage' | 'deleteMessage') =>
  async (source: Source, { messageId }: Claimed, operations: Operations) => {
    const call = able(operations, name)
    const { row: _row, ...order } = await messageOrder(source, idOf(messageId))
    return () => call(order)
  }

export const operations: { [Name in PromisedOperation]: Operation<Name> } = {
  createTicket: {
    isRepeatable: false,
    prepare: async (source, { ticketId, input }, { createTicket }) => {
      const call = able({ createTicket }, 'createTicket')
      const order = await newTicketOrder(source, idOf(ticketId), input)
      return async () => ({ ...(await call(order)), sentIds: order.messages.map(({ marker }) => marker) })
    },
  },
  updateTicket: {
    isRepeatable: true,
    prepare: async (source, { ticketId, input }, { updateTicket }) => {
      const call = able({ updateTicket }, 'updateTicket')
      const ticketExternalId = await ticketAtVendor(source, idOf(ticketId))
      const changes = await changesFrom(source, input.patch)
      return () => call({ ticketExternalId, changes })
    },
  },
  deleteTicket: { isRepeatable: true, prepare: onTicket('deleteTicket') },
  recycleTicket: { isRepeatable: true, prepare: onTicket('recycleTicket') },
  restoreTicket: { isRepeatable: true, prepare: onTicket('restoreTicket') },
  mergeTickets: {
    isRepeatable: true,
    prepare: async (source, { ticketId, input }, { mergeTickets }) => {
      const call = able({ mergeTickets }, 'mergeTickets')
      const targetExternalId = await ticketAtVendor(source, idOf(ticketId))
      const sourceExternalIds = await Promise.all(input.sourceIds.map((id) => ticketAtVendor(source, id)))
      return () => call({ targetExternalId, sourceExternalIds })
    },
  },
  markTicket: {
    isRepeatable: true,
    prepare: async (source, { ticketId, input }, { markTicket }) => {
      const call = able({ markTicket }, 'markTicket')
      const ticketExternalId = await ticketAtVendor(source, idOf(ticketId))
      const conversationExternalIds = await conversationIdsOf(source, idOf(ticketId))
      return () => call({ ticketExternalId, ...input, conversationExternalIds })
    },
  },
  createMessages: {
    isRepeatable: false,
    prepare: async (source, { ticketId, input }, { createMessages }) => {
      const call = able({ createMessages }, 'createMessages')
      const messages = await messagesFrom(source, input.messageIds, input.forwarded)
      if (messages.length === 0) return async () => ({})
      const order = {
        ticketExternalId: await ticketIdAtVendor(source, idOf(ticketId)),
        conversationExternalId: await conversationAtVendor(source, input.conversationId),
        messages,
      }
      return async () => ({ ...(await call(order)), sentIds: messages.map(({ marker }) => marker) })
    },
  },
  resendMessage: { isRepeatable: false, prepare: onMessage('resendMessage') },
  updateMessage: {
    isRepeatable: true,
    prepare: async (source, { messageId, input }, { updateMessage }) => {
      const call = able({ updateMessage }, 'updateMessage')
      const { row, ...place } = await messageOrder(source, idOf(messageId))
      const { hasBody, mentionedAgentIds, ...flags } = input
      const body = {
        text: row.bodyText,
        html: row.bodyHtmlClean,
        markdown: row.bodyMarkdown,
        editorjs: row.bodyEditorjs,
      }
      const agents =
        mentionedAgentIds && (await Promise.all(mentionedAgentIds.map((id) => contactAtVendor(source, id))))
      const order = {
        ...{ ...place, ...flags },
        ...(hasBody && { body }),
        ...(agents && { mentionedAgentExternalIds: agents }),
      }
      return () => call(order)
    },
  },
  deleteMessage: { isRepeatable: true, prepare: onMessage('deleteMessage') },
  muteConversation: {
    isRepeatable: true,
    prepare: async (source, { ticketId, input }, { muteConversation }) => {
      const call = able({ muteConversation }, 'muteConversation')
      const ticketExternalId = await ticketAtVendor(source, idOf(ticketId))
      const conversationExternalId = await conversationAtVendor(source, input.conversationId)
      if (conversationExternalId === null) throw new HopelessError('the help desk never got the conversation')
      return () => call({ ticketExternalId, conversationExternalId, isMuted: input.isMuted })
    },
  },
  createContact: {
    isRepeatable: false,
    prepare: async (source, { input }, { createContact }) => {
      const call = able({ createContact }, 'createContact')
      const { row, fields } = await contactOrder(source, input.contactId)
      // A pull was faster: somebody made the same contact there.
      if (isVendorId(row.externalId)) return async () => ({ contactExternalId: row.externalId })
      return () => call(fields)
    },
  },
  updateContact: {
    isRepeatable: true,
    prepare: async (source, { input }, { updateContact }) => {
      const call = able({ updateContact }, 'updateContact')
      const externalId = await contactAtVendor(source, input.contactId)
      return () => call({ ...(input.fields as ContactFields), externalId })
    },
  },
  mergeContacts: {
    isRepeatable: true,
    prepare: async (source, { input }, { mergeContacts }) => {
      const call = able({ mergeContacts }, 'mergeContacts')
      const targetExternalId = await contactAtVendor(source, input.targetId)
      return () => call({ targetExternalId, sourceExternalIds: input.sourceExternalIds })
    },
  },
  createTag: {
    isRepeatable: true,
    prepare: async (source, { input }, { createTag }) => {
      const call = able({ createTag }, 'createTag')
      const { fields } = await tagOrder(source, input.tagId)
      return () => call(fields)
    },
  },
  updateTag: {
    isRepeatable: true,
    prepare: async (source, { input }, { updateTag }) => {
      const call = able({ updateTag }, 'updateTag')
      const { fields } = await tagOrder(source, input.tagId)
      const externalId = await tagAtVendor(source, input.tagId)
      return () => call({ ...fields, externalId })
    },
  },
  deleteTag: {
    isRepeatable: true,
    prepare: async (_source, { input }, { deleteTag }) => {
      const call = able({ deleteTag }, 'deleteTag')
      return () => call({ externalId: input.externalId })
    },
  },
}

function idOf(id: string | null): string {
  if (id === null) throw new HopelessError('what it is about is gone')
  return id
}
