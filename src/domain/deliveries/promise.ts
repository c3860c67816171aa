/** Promising a change to a help desk: in the transaction that makes it here. */
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { ContactFields, OperationName, TicketField } from '#connectors/operations.ts'
import type { PendingField } from '#domain/tickets/fields.ts'
import type { Db } from '#platform/db/client.ts'
import { defineJob, enqueue } from '#platform/jobs/queue.ts'
import type { ConversationType, TicketPriority, TicketStatus } from '#vocabulary.ts'
import type { Before } from './before.ts'
import { deliveries } from './table.ts'

/** What is to be changed of a ticket, in our ids. Left out: stays. Null: cleared. Times are ISO text. */
export type TicketPatchInOurIds = {
  subject?: string
  status?: TicketStatus
  rawStatus?: string
  priority?: TicketPriority | null
  category?: string | null
  assigneeId?: string | null
  departmentId?: string | null
  requesterId?: string
  channelId?: string
  channelAccountId?: string
  snoozedUntil?: string | null
  contactLanguage?: string | null
  agentLanguage?: string | null
  isAutoTranslationOn?: boolean
  replyingAgentMode?: string | null
  isSpam?: boolean
  tags?: { all: string[]; added: string[]; removed: string[] }
  customFields?: { key: string; value: unknown }[]
}

/** The field of the ticket that each part of a patch is about. */
export const fieldOfPatchKey: Record<keyof TicketPatchInOurIds, TicketField> = {
  subject: 'subject',
  status: 'status',
  rawStatus: 'status',
  priority: 'priority',
  category: 'category',
  assigneeId: 'assignee',
  departmentId: 'department',
  requesterId: 'requester',
  channelId: 'channel',
  channelAccountId: 'channelAccount',
  snoozedUntil: 'snoozedUntil',
  contactLanguage: 'contactLanguage',
  agentLanguage: 'agentLanguage',
  isAutoTranslationOn: 'isAutoTranslationOn',
  replyingAgentMode: 'replyingAgentMode',
  isSpam: 'isSpam',
  tags: 'tags',
  customFields: 'customFields',
}

/** What each operation needs to be carried out later. What can be read from our rows then is not repeated here. */
export type DeliveryInputs = {
  createTicket: { patch: TicketPatchInOurIds; messageIds: string[] }
  updateTicket: { patch: TicketPatchInOurIds }
  deleteTicket: object
  recycleTicket: object
  restoreTicket: object
  mergeTickets: { sourceIds: string[] }
  markTicket: { side: 'AGENT' | 'CONTACT'; isRead: boolean }
  createMessages: { conversationId: string; messageIds: string[]; forwarded?: Forwarded; quotedText?: string }
  resendMessage: object
  updateMessage: { hasBody: boolean; isInternal?: boolean; mentionedAgentIds?: string[] }
  deleteMessage: object
  muteConversation: { conversationId: string; isMuted: boolean }
  /** What it says is read when it goes out: a newer save need not be promised while this one waits. */
  saveDraft: { draftId: string }
  deleteDraft: { type: ConversationType }
  createContact: { contactId: string }
  updateContact: { contactId: string; fields: ContactFields }
  mergeContacts: { targetId: string; sourceExternalIds: string[] }
  createTag: { tagId: string }
  updateTag: { tagId: string }
  deleteTag: { externalId: string }
}
export type Forwarded = { messageId: string; includesAttachments: boolean }
/** Every operation that can be promised; look-ups are none. */
export type PromisedOperation = keyof DeliveryInputs & OperationName

export type NewDelivery<Name extends PromisedOperation = PromisedOperation> = {
  workspaceId: string
  backendId: string
  ticketId: string | null
  messageId?: string | null
  /** Ids of whatever it concerns beside the ticket: contacts, tags, other tickets. */
  lanes?: string[]
  operation: Name
  input: DeliveryInputs[Name]
  /** Ticket fields that a pull leaves alone meanwhile. */
  fields?: PendingField[]
  /** What it replaced, for taking it back: see `take-back.ts`. */
  before?: Before | null
  tokenName: string | null
  /** Not before so many milliseconds; left out: at once. */
  restMs?: number
}

/** The id of the delivery. `wakeDeliverer` has to follow in the same transaction. */
export async function promiseDelivery<Name extends PromisedOperation>(tx: Db, promised: NewDelivery<Name>) {
  const { lanes = [], ticketId, messageId = null, fields = [], before = null, restMs = 0, ...rest } = promised
  const id = uuidv7()
  await tx.insert(deliveries).values({
    ...{ ...rest, id, ticketId, messageId, fields, before },
    lanes: [...new Set(ticketId ? [ticketId, ...lanes] : lanes)],
    ...(restMs > 0 && { nextAttemptAt: sql`now() + make_interval(secs => ${restMs / 1000})` }),
  })
  return id
}

/** Only wakes: the deliverer finds what is due by itself, and looks once a second anyway. */
export const deliverJob = defineJob({ name: 'deliver', payload: z.object({}) })

export function wakeDeliverer(tx: Db): Promise<void> {
  return enqueue(tx, deliverJob, {}, { maxAttempts: 1, priority: -10 })
}
