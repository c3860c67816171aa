/** Payloads in the shapes the vendor's reference and recordings show; all names and texts are made up. */
import type { Json, JsonObject } from '#connectors/contract.ts'

/** Values that must never be found in a record. */
export const secrets = [
  'tok-access-1',
  'tok-pubsub-1',
  'tok-hmac-1',
  'ui-width-1',
  'Rival Ltd',
  'sig-of-link',
  'tok-pubsub-2',
]

export const visitor: JsonObject = {
  additional_attributes: { browser: { browser_name: 'Firefox' }, city: 'Porto' },
  availability_status: 'online',
  email: 'marta@example.com',
  id: 501,
  name: 'Marta Vale',
  phone_number: '+351000000001',
  blocked: true,
  identifier: 'crm-99',
  thumbnail: '',
  custom_attributes: { plan: 'gold', seats: 4 },
  last_activity_at: 1767258100,
  created_at: 1767000000,
  pubsub_token: 'tok-pubsub-2',
}

const assignee: JsonObject = {
  id: 31,
  access_token: 'tok-access-1',
  account_id: 7,
  available_name: 'Ines',
  avatar_url: 'https://files.example/ines.png?X-Amz-Signature=sig-of-link',
  confirmed: true,
  display_name: 'Ines N.',
  message_signature: 'Kind regards',
  email: 'ines@desk.example',
  hmac_identifier: 'tok-hmac-1',
  inviter_id: 1,
  name: 'Ines Novo',
  provider: 'email',
  pubsub_token: 'tok-pubsub-1',
  role: 'agent',
  ui_settings: { width: 'ui-width-1' },
  uid: 'ines@desk.example',
  type: 'user',
  custom_attributes: {},
  accounts: [
    { id: 8, name: 'Rival Ltd', role: 'administrator', availability_status: 'offline' },
    {
      id: 7,
      name: 'Ours',
      role: 'agent',
      permissions: ['agent'],
      availability: 'online',
      availability_status: 'online',
    },
  ],
}

/** A message with every field of the reference. */
export const fullMessage: JsonObject = {
  id: 9001,
  content: '  two spaces, a tab\t and a trailing newline\n',
  account_id: 7,
  inbox_id: 12,
  conversation_id: 42,
  message_type: 0,
  created_at: 1767258000,
  updated_at: 1767258060,
  private: false,
  status: 'delivered',
  source_id: 'wamid.77',
  content_type: 'text',
  content_attributes: { in_reply_to: 9000 },
  sender_type: 'Contact',
  sender_id: 501,
  external_source_ids: { slack: 'C01' },
  additional_attributes: { campaign: 'spring' },
  processed_message_content: 'two **spaces**',
  sentiment: { label: 'positive', score: 0.9 },
  conversation: { assignee_id: 31, unread_count: 3, contact_inbox: { source_id: 'session-of-widget' } },
  attachment: {
    id: 71,
    file_type: 'image',
    data_url: 'https://files.example/a/b/red%20car.png?Signature=sig-of-link',
    file_size: 2048,
  },
  sender: { ...visitor, type: 'contact' },
}

/** A conversation with every field of the reference; `labels`, times and counts as the server really sends them. */
export const fullConversation: JsonObject = {
  id: 42,
  messages: [fullMessage],
  account_id: 7,
  uuid: '6f0c9e9a-3c7e-4f0e-9d55-0c9f6a0a4c11',
  additional_attributes: { mail_subject: 'Broken lamp', conversation_language: 'pt' },
  agent_last_seen_at: 1767258200,
  assignee_last_seen_at: 1767258210,
  can_reply: true,
  contact_last_seen_at: 1767258220,
  custom_attributes: { order: 'A-1' },
  inbox_id: 12,
  labels: ['vip', 'billing'],
  muted: true,
  snoozed_until: '2026-02-01T08:00:00.000Z',
  status: 'snoozed',
  created_at: 1767250000,
  updated_at: 1767258300.5,
  timestamp: 1767258250,
  first_reply_created_at: 1767251000,
  unread_count: 3,
  last_non_activity_message: fullMessage,
  last_activity_at: 1767258250,
  priority: 'medium',
  waiting_since: 1767258000,
  sla_policy_id: 5,
  applied_sla: {
    id: 1,
    sla_id: 5,
    sla_name: 'Gold',
    sla_status: 'active_with_misses',
    created_at: 1767250000,
    sla_first_response_time_threshold: 600,
    sla_next_response_time_threshold: 900,
    sla_resolution_time_threshold: 86400,
    sla_only_during_business_hours: false,
  },
  sla_events: [{ id: 3, event_type: 'frt', meta: {}, created_at: 1767250600, updated_at: 1767250600 }],
  meta: { sender: visitor, channel: 'Channel::Email', assignee, team: { id: 4, name: 'Repairs' }, hmac_verified: true },
}

/** A row as `/messages` gives it: thin, with nulls. */
export function row(partial: JsonObject = {}): JsonObject {
  return {
    id: 1,
    content: 'Hello',
    inbox_id: 12,
    conversation_id: 42,
    message_type: 0,
    content_type: 'text',
    status: 'sent',
    content_attributes: {},
    created_at: 1767258000,
    private: false,
    source_id: null,
    ...partial,
  }
}

/** A conversation as the list gives it, with little in it. */
export function conversation(partial: JsonObject = {}): JsonObject {
  return {
    id: 42,
    account_id: 7,
    status: 'open',
    created_at: 1767250000,
    inbox_id: 12,
    labels: [],
    messages: [],
    additional_attributes: {},
    meta: { sender: visitor, channel: 'Channel::WebWidget' },
    ...partial,
  }
}

/** An e-mail that came in: `content` is its newest part only. */
export const mail: Json = row({
  id: 60,
  content: 'Yes please.',
  content_type: 'incoming_email',
  source_id: 'mid-1@mail.example',
  content_attributes: {
    email: {
      bcc: null,
      cc: ['Ole <ole@example.com>', 'pia@example.com'],
      content_type: 'multipart/alternative; boundary=x',
      date: '2026-01-01T12:29:39+05:30',
      from: ['marta@example.com'],
      html_content: {
        full: '<div>Yes please.</div><blockquote>Shall we?</blockquote>',
        reply: 'Yes please.',
        quoted: 'Yes please.',
      },
      in_reply_to: null,
      message_id: 'mid-1@mail.example',
      multipart: true,
      number_of_attachments: 0,
      subject: 'Re: Broken lamp',
      text_content: { full: 'Yes please.\r\n\r\n> Shall we?\r\n', reply: 'Yes please.', quoted: 'Yes please.' },
      to: ['support@desk.example'],
    },
    cc_email: null,
    bcc_email: null,
  },
})

const placeholderMessage: JsonObject = {
  id: 0,
  content: 'string',
  message_type: 0,
  created_at: 0,
  updated_at: 0,
  private: true,
  status: 'sent',
  content_type: 'text',
  content_attributes: {},
  sender_type: 'Contact',
  sender_id: 0,
  sentiment: {},
  conversation: {},
  attachment: {},
  sender: {},
}

/** What a generated sample of the reference looks like: nothing in it is a real id, time or word. */
export const placeholders: JsonObject = {
  id: 0,
  messages: [placeholderMessage],
  uuid: 'string',
  inbox_id: 0,
  labels: ['string'],
  snoozed_until: 0,
  status: 'open',
  created_at: 0,
  updated_at: 0,
  timestamp: 0,
  last_non_activity_message: placeholderMessage,
  last_activity_at: 0,
  priority: 'string',
  sla_policy_id: 0,
  applied_sla: {},
  sla_events: [{}],
  meta: {
    sender: { id: 0, name: 'string', email: 'string', phone_number: 'string', identifier: 'string', created_at: 0 },
    channel: 'string',
    assignee: { id: 0, name: 'string', role: 'agent', message_signature: 'string', accounts: [{ id: 0 }] },
    hmac_verified: true,
  },
}
