/** What each operation does at the help desk. */
import type { ContactFields, Operations, Receipt } from '#connectors/operations.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import type { DeliveryInputs, PromisedOperation } from '#domain/deliveries/promise.ts'
import { RefusedError } from '#errors.ts'
import type { Claimed } from './claim.ts'
import {
  actorAtVendor,
  changesFrom,
  contactWithFields,
  tagAtVendor,
  tagFieldsOf,
  ticketAtVendor,
  ticketIdAtVendor,
} from './outgoing.ts'
import { draftOrder } from './outgoing-drafts.ts'
import {
  conversationAtVendor,
  conversationIdsOf,
  messageAtVendor,
  messagesFrom,
  newTicketOrder,
} from './outgoing-messages.ts'
import { HopelessError, type Source } from './source.ts'

/**
 * Makes the order from our rows, and gives back the call: everything that can be wrong on our side is found before
 * anything goes out.
 */
type Prepare<Name extends PromisedOperation> = (
  source: Source,
  delivery: Claimed & { input: DeliveryInputs[Name] },
  vendor: Operations,
) => Promise<() => Promise<Done>>

/** `sentIds`: which of our messages went out, in the order of the receipt's. */
export type Done = Receipt & {
  sentIds?: string[]
  /** Which of our files went out with a draft, in the order of the receipt's keys. */
  fileIds?: string[]
  /** Found after its answer was lost: what comes in calls of its own may be missing. */
  mayBeHalfDone?: boolean
}

type Operation<Name extends PromisedOperation> = {
  /** True: carrying it out twice does no more than once, so it is just repeated. */
  isRepeatable: boolean
  /** True: its ticket is what it was afterwards, and need not be read again. */
  leavesTicket?: boolean
  prepare: Prepare<Name>
}

/** @throws RefusedError where the vendor has no such call, although the capability table promised it. */
function able<Name extends keyof Operations>(vendor: Operations, name: Name): NonNullable<Operations[Name]> {
  const operation = vendor[name]
  if (!operation) throw new RefusedError(`the connector of this help desk has no ${name}`)
  return operation
}

const onTicket =
  (name: 'deleteTicket' | 'recycleTicket' | 'restoreTicket') =>
  async (source: Source, { ticketId }: Claimed, vendor: Operations) => {
    const call = able(vendor, name)
    const ticketExternalId = await ticketAtVendor(source, idOf(ticketId))
    return () => call({ ticketExternalId })
  }

const onMessage =
  (name: 'resendMessage' | 'deleteMessage') =>
  async (source: Source, { messageId }: Claimed, vendor: Operations) => {
    const call = able(vendor, name)
    const { row: _row, ...order } = await messageAtVendor(source, idOf(messageId))
    return () => call(order)
  }

export const operations: { [Name in PromisedOperation]: Operation<Name> } = {
  createTicket: {
    isRepeatable: false,
    prepare: async (source, { ticketId, input }, vendor) => {
      const call = able(vendor, 'createTicket')
      const order = await newTicketOrder(source, idOf(ticketId), input)
      return async () => ({ ...(await call(order)), sentIds: order.messages.map(({ marker }) => marker) })
    },
  },
  updateTicket: {
    isRepeatable: true,
    prepare: async (source, { ticketId, input }, vendor) => {
      const call = able(vendor, 'updateTicket')
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
    prepare: async (source, { ticketId, input }, vendor) => {
      const call = able(vendor, 'mergeTickets')
      const targetExternalId = await ticketAtVendor(source, idOf(ticketId))
      const sourceExternalIds = await Promise.all(input.sourceIds.map((id) => ticketAtVendor(source, id)))
      return () => call({ targetExternalId, sourceExternalIds })
    },
  },
  markTicket: {
    isRepeatable: true,
    prepare: async (source, { ticketId, input }, vendor) => {
      const call = able(vendor, 'markTicket')
      const ticketExternalId = await ticketAtVendor(source, idOf(ticketId))
      const conversationExternalIds = await conversationIdsOf(source, idOf(ticketId))
      return () => call({ ticketExternalId, ...input, conversationExternalIds })
    },
  },
  createMessages: {
    isRepeatable: false,
    prepare: async (source, { ticketId, input }, vendor) => {
      const call = able(vendor, 'createMessages')
      const messages = await messagesFrom(source, input.messageIds, input)
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
    prepare: async (source, { messageId, input }, vendor) => {
      const call = able(vendor, 'updateMessage')
      const { row, ...place } = await messageAtVendor(source, idOf(messageId))
      const { hasBody, mentionedAgentIds, ...flags } = input
      const body = {
        text: row.bodyText,
        html: row.bodyHtmlClean,
        markdown: row.bodyMarkdown,
        editorjs: row.bodyEditorjs,
      }
      const agents = mentionedAgentIds && (await Promise.all(mentionedAgentIds.map((id) => actorAtVendor(source, id))))
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
    prepare: async (source, { ticketId, input }, vendor) => {
      const call = able(vendor, 'muteConversation')
      const ticketExternalId = await ticketAtVendor(source, idOf(ticketId))
      const conversationExternalId = await conversationAtVendor(source, input.conversationId)
      if (conversationExternalId === null) throw new HopelessError('the help desk never got the conversation')
      return () => call({ ticketExternalId, conversationExternalId, isMuted: input.isMuted })
    },
  },
  saveDraft: {
    isRepeatable: true,
    leavesTicket: true,
    prepare: async (source, { ticketId, input, attempts }, vendor) => {
      const call = able(vendor, 'saveDraft')
      const order = await draftOrder(source, idOf(ticketId), input.draftId, { attempts })
      // Sent or deleted meanwhile: what takes it away there follows.
      if (!order) return async () => ({})
      const { fileIds, ...rest } = order
      return async () => ({ ...(await call(rest)), fileIds })
    },
  },
  deleteDraft: {
    isRepeatable: true,
    leavesTicket: true,
    prepare: async (source, { ticketId, input }, vendor) => {
      const call = able(vendor, 'deleteDraft')
      const ticketExternalId = await ticketAtVendor(source, idOf(ticketId))
      return () => call({ ticketExternalId, type: input.type })
    },
  },
  createContact: {
    isRepeatable: false,
    prepare: async (source, { input }, vendor) => {
      const call = able(vendor, 'createContact')
      const { row, fields } = await contactWithFields(source, input.contactId)
      // A pull was faster: somebody made the same contact there.
      if (isVendorId(row.externalId)) return async () => ({ contactExternalId: row.externalId })
      return () => call(fields)
    },
  },
  updateContact: {
    isRepeatable: true,
    prepare: async (source, { input }, vendor) => {
      const call = able(vendor, 'updateContact')
      const externalId = await actorAtVendor(source, input.contactId)
      return () => call({ ...(input.fields as ContactFields), externalId })
    },
  },
  mergeContacts: {
    isRepeatable: true,
    prepare: async (source, { input }, vendor) => {
      const call = able(vendor, 'mergeContacts')
      const targetExternalId = await actorAtVendor(source, input.targetId)
      return () => call({ targetExternalId, sourceExternalIds: input.sourceExternalIds })
    },
  },
  createTag: {
    isRepeatable: true,
    prepare: async (source, { input }, vendor) => {
      const call = able(vendor, 'createTag')
      const fields = await tagFieldsOf(source, input.tagId)
      return () => call(fields)
    },
  },
  updateTag: {
    isRepeatable: true,
    prepare: async (source, { input }, vendor) => {
      const call = able(vendor, 'updateTag')
      const fields = await tagFieldsOf(source, input.tagId)
      const externalId = await tagAtVendor(source, input.tagId)
      return () => call({ ...fields, externalId })
    },
  },
  deleteTag: {
    isRepeatable: true,
    prepare: async (_source, { input }, vendor) => {
      const call = able(vendor, 'deleteTag')
      return () => call({ externalId: input.externalId })
    },
  },
}

function idOf(id: string | null): string {
  if (id === null) throw new HopelessError('what it is about is gone')
  return id
}
