/**
 * DeskHero's wire shapes. Sources: apidocs.deskhero.com, one generated page per call (SEEN where not marked). Everything
 * is optional: the pages are partly stored and the content model is moving from editorjs to tiptap.
 */

/** `label` is typed Object: text, number or an object with one text per language. */
export type WireLabel = string | number | boolean | { [language: string]: WireLabel | null } | null

export type WireReference = { id?: number | string; label?: WireLabel }
export type WireColorReference = WireReference & { bg_color?: string | null; text_color?: string | null }
export type WireUserReference = WireReference & { profile_pic?: string | null; email?: string | null }

/** It has no id; `user_id` is 0 or missing for people who only wrote a mail. */
export type WireContact = {
  user_id?: number | string | null
  email?: string | null
  name?: string | null
  profile_pic?: string | null
}

/** `size_kb` in KiB (1024: ASSUMED). `download_url` is valid for status 2 and 3 only; its life is unknown. */
export type WireAttachment = WireReference & {
  size_kb?: number | string | null
  status?: number | string | null
  status_message?: string | null
  download_url?: string | null
}

export type WireEmailAddress = { email?: string | null; name?: string | null; direction?: number | string | null }

/** `plain_preview` may be shortened (INFERRED from its name). `time` is epoch milliseconds. */
export type WireRichText = {
  plain_preview?: string | null
  html?: string | null
  editorjs?: { time?: number | string; version?: string; blocks?: WireBlock[] } | null
  tiptap?: unknown
  read_minutes?: number | null
}
export type WireBlock = { id?: string; type?: string; data?: { [key: string]: unknown } }

/** A "ticket conversation" is one entry of the thread. Times: ISO; zone and digits not stated (ASSUMED UTC). */
export type WireEntry = {
  id?: number | string
  ticket_id?: number | string
  type?: number | string
  created?: string
  last_updated?: string
  created_by?: WireUserReference | null
  last_updated_by?: WireUserReference | null
  requester?: WireContact | null
  sys_status?: WireColorReference | number | null
  sys_attachments?: WireAttachment[] | null
  email_addresses?: WireEmailAddress[] | null
  sys_content_rich?: WireRichText | null
  last_message_extracted?: string | null
}

/** Its table was cut off in every page seen: every name here is ASSUMED by the naming of the other objects. */
export type WireTicket = {
  id?: number | string
  label?: WireLabel
  sys_status?: WireColorReference | number | null
  sys_priority?: WireColorReference | number | null
  sys_type?: WireColorReference | null
  sys_tags?: (WireColorReference | string)[] | null
  requester?: WireContact | null
  assigned_to?: WireUserReference | null
  assigned_group?: WireReference | null
  created?: string
  last_updated?: string
  created_by?: WireUserReference | null
  merged_to_ticket_id?: number | null
}

/** The answer to `GET tickets/{id}`: the ticket with its thread. The shapes of the two replies are not stated. */
export type WireTicketComplete = {
  ticket?: WireTicket
  conversations?: WireEntry[]
  suggested_reply?: unknown
  auto_saved_reply?: unknown
  more_like_this?: unknown[]
  quick_actions?: unknown
  more_from_requester?: unknown
}

export type WireUser = {
  id?: number | string
  email?: string | null
  given_name?: string | null
  family_name?: string | null
  full_name?: string | null
  profile_pic?: string | null
  created?: string
  last_updated?: string
  language?: string | null
  tenant_user?: {
    id?: number
    tenant_id?: number
    user_id?: number
    role?: number | string
    status?: number | string
    last_seen?: string | null
    groups?: (WireReference & { name?: string })[]
  } | null
}

/** A list, also the system's lists of statuses, priorities and tags. Where its entries are is not stated. */
export type WireList = {
  id?: number | string
  type?: number | string
  name?: WireLabel
  unique_key?: string
  description?: string | null
  entries_count?: number
  list_fields?: unknown[]
  group_access?: unknown[]
  sys_tags?: WireColorReference[]
}
