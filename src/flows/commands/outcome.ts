/** What commands work with, and what they say they did. */
import type { AuditedChange } from '#domain/audit/record.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import type { Problem } from '#domain/backends/problems.ts'
import type { Detection } from '#domain/languages/detecting.ts'
import type { Db } from '#platform/db/client.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'

/** Where a command came from. A job's batches keep that of the request that started it. */
export type Origin = { requestId: string; clientAddress: string | null }

/** What a command works with. */
export type Command = {
  tx: Db
  workspaceId: string
  viewer: Viewer
  now: Date
  clientMutationId: string | null
  /** What clients call the thing they send, echoed with what it makes. */
  idempotencyKey: string | null
  cleaner: HtmlCleaner
  backends: readonly BackendRow[]
  /** Ids of the deliveries promised so far. */
  deliveryIds: string[]
  origin: Origin
  /** What changed so far, for the audit log. */
  audited: AuditedChange[]
}

/** What a command made or changed: ids only, so that it can be kept and answered again. */
export type Outcome = {
  ticketId?: string
  ticketIds?: string[]
  messageIds?: string[]
  newerMessageIds?: string[]
  conversationId?: string
  contactId?: string
  changeType?: 'CREATED' | 'UPDATED'
  tagId?: string
  attachmentId?: string
  draftId?: string
  mentionIds?: string[]
  presenceOfTicketId?: string
  viewId?: string
  deliveryId?: string
  jobId?: string
  apiKeyId?: string
  webhookId?: string
  webhookDeliveryId?: string
  /** Global id of what is gone. */
  deletedId?: string
  movedMessageCount?: number
  detection?: Detection
  translationLocale?: string
  matchedCount?: number
  results?: TicketResult[]
  undoToken?: string
  /** ISO time. */
  undoableUntil?: string
  deliveryIds?: string[]
  /** Failures of parts of it, as of some of many tickets; the rest was done. */
  errors?: Problem[]
}

/** What became of one of many tickets. */
export type TicketResult = { ticketId: string; errors: Problem[] }

export type Payload = Outcome & { errors: Problem[]; replayed: boolean; clientMutationId: string | null }
