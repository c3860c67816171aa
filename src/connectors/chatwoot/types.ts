/**
 * Chatwoot's wire shapes, as far as they are relied on. Everything is optional: versions, forks and places (list, look-
 * up, embedded, webhook) each leave out or add fields. Source: the vendor's API reference and its recorded payloads
 * (SEEN).
 */
import type { Json } from '#connectors/contract.ts'

/** Epoch seconds (0: never), float seconds, or ISO 8601 text: all three occur in one product (SEEN). */
export type WireTime = number | string | null

/** One row of the list and the look-up. `id` is the display id; the database id is never shown (SEEN). */
export type WireConversation = {
  id?: number | string
  /** The last message only, whatever the documentation's title says (SEEN). */
  messages?: Json
  last_non_activity_message?: Json
  account_id?: number | string
  uuid?: string
  additional_attributes?: Json
  custom_attributes?: Json
  agent_last_seen_at?: WireTime
  assignee_last_seen_at?: WireTime
  contact_last_seen_at?: WireTime
  can_reply?: boolean
  inbox_id?: number | string
  labels?: Json
  muted?: boolean
  /** ISO text or null; the reference's example shows 0 (SEEN). */
  snoozed_until?: WireTime
  status?: string | number
  created_at?: WireTime
  /** Absent on older servers, float seconds on newer ones (SEEN). */
  updated_at?: WireTime
  timestamp?: WireTime
  last_activity_at?: WireTime
  first_reply_created_at?: WireTime
  waiting_since?: WireTime
  /** Counted on at most ten messages: 10 means "10 or more" (SEEN). */
  unread_count?: number
  priority?: string | number | null
  sla_policy_id?: number | string | null
  applied_sla?: Json
  sla_events?: Json
  /** Only in event payloads; the list and the look-up say it in `meta.channel`. */
  channel?: string
  contact_inbox?: Json
  meta?: Json
}

/** `meta.assignee` and `meta.team` are absent, not null, when there is none (SEEN). */
export type WireMeta = {
  sender?: Json
  channel?: string
  assignee?: Json
  /** `AgentBot` when a bot holds it (newer servers). */
  assignee_type?: string
  team?: Json
  hmac_verified?: boolean
}

/**
 * A message. Rows of `/messages` have neither `updated_at` nor `sender_type` nor `account_id`; the copies embedded in a
 * conversation have them (SEEN).
 */
export type WireMessage = {
  id?: number | string
  content?: string | null
  processed_message_content?: string | null
  /** 0 incoming, 1 outgoing, 2 activity, 3 template; the words themselves in webhooks (SEEN). */
  message_type?: number | string
  created_at?: WireTime
  updated_at?: WireTime
  private?: boolean
  status?: string | number
  source_id?: string | null
  content_type?: string | null
  /** An object, or JSON text of one, or `[]` for an empty one (SEEN). */
  content_attributes?: Json
  additional_attributes?: Json
  external_source_ids?: Json
  sentiment?: Json
  sender_type?: string | null
  sender_id?: number | string | null
  sender?: Json
  /** Absent, not `[]`, when there are none (SEEN). */
  attachments?: Json
  /** The reference's singular form. */
  attachment?: Json
}
