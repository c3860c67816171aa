/** The sandbox's people, inboxes, teams and labels on the wire. */

import type { Desk, DeskAgent, DeskChannel, DeskContact, DeskTag, DeskTicket } from '#connectors/sandbox/desk.ts'
import { sha256 } from '#sha256.ts'
import type { ChannelType } from '#vocabulary.ts'

/** The desk seen as one Chatwoot account. */
export type World = {
  desk: Desk
  accountId: number
  origin: string
  /** What was left in `additional_attributes` of a conversation, by its id. */
  additional: Map<number, Record<string, unknown>>
  channelOf(ticket: DeskTicket): DeskChannel | undefined
  agentOf(id: number | null): DeskAgent | undefined
  botOf(id: number | null): DeskAgent | undefined
}

/** Epoch seconds; 0 means "never" (SEEN). */
export function seconds(at: Date | null): number {
  return at === null ? 0 : Math.floor(at.getTime() / 1000)
}

/** What is only found where somebody is signed in: must never leave a connector. */
export function secretOf(kind: string, id: number): string {
  return sha256(`${kind} ${id}`, 'base64url').slice(0, 24)
}

export function contactWire(contact: DeskContact): Record<string, unknown> {
  return {
    additional_attributes: {},
    custom_attributes: contact.customFields,
    email: contact.email,
    id: contact.id,
    identifier: contact.identifier,
    name: contact.name ?? '',
    phone_number: contact.phone,
    // Empty text, not null, when there is no picture (SEEN).
    thumbnail: contact.avatarUrl ?? '',
    blocked: contact.isBlocked,
  }
}

/** As in `/contacts` and `meta.sender`. */
export function contactRow(contact: DeskContact): Record<string, unknown> {
  return {
    ...contactWire(contact),
    availability_status: 'offline',
    ...(contact.lastActivityAt ? { last_activity_at: seconds(contact.lastActivityAt) } : {}),
    created_at: seconds(contact.createdAt),
  }
}

/** Only these are listed as contacts; visitors are seen in conversations only (SEEN). */
export function isResolved(contact: DeskContact): boolean {
  return Boolean(contact.email || contact.phone || contact.identifier)
}

export function agentRow(world: World, agent: DeskAgent): Record<string, unknown> {
  return {
    id: agent.id,
    account_id: world.accountId,
    availability_status: agent.isAvailable ? 'online' : 'offline',
    auto_offline: true,
    confirmed: true,
    email: agent.email,
    provider: 'email',
    available_name: agent.name,
    name: agent.name,
    role: agent.role,
    thumbnail: '',
  }
}

/** As in `meta.assignee`, with the private things the reference shows there, other tenants included (SEEN). */
export function assigneeWire(world: World, agent: DeskAgent): Record<string, unknown> {
  return {
    ...agentRow(world, agent),
    access_token: secretOf('access', agent.id),
    avatar_url: '',
    display_name: agent.name,
    message_signature: `Best regards, ${agent.name}`,
    hmac_identifier: secretOf('hmac', agent.id),
    inviter_id: null,
    pubsub_token: secretOf('pubsub', agent.id),
    ui_settings: { is_contact_sidebar_open: true },
    uid: agent.email,
    type: 'user',
    accounts: [
      {
        id: world.accountId,
        name: 'Sandbox',
        status: 'active',
        role: agent.role,
        permissions: [agent.role],
        availability: 'online',
        availability_status: agent.isAvailable ? 'online' : 'offline',
        auto_offline: true,
      },
      {
        id: world.accountId + 1,
        name: 'Another tenant',
        status: 'active',
        role: 'administrator',
        permissions: ['administrator'],
        availability_status: 'offline',
        auto_offline: true,
      },
    ],
  }
}

export function botWire(bot: DeskAgent): Record<string, unknown> {
  return { id: bot.id, name: bot.name, avatar_url: '', type: 'agent_bot' }
}

/** PORTAL has no counterpart: forms arrive through an API inbox. */
const channelKindOf: Record<ChannelType, string> = {
  EMAIL: 'Channel::Email',
  LIVE_CHAT: 'Channel::WebWidget',
  API: 'Channel::Api',
  PORTAL: 'Channel::Api',
  FACEBOOK: 'Channel::FacebookPage',
  INSTAGRAM: 'Channel::Instagram',
  WHATSAPP: 'Channel::Whatsapp',
  TELEGRAM: 'Channel::Telegram',
  LINE: 'Channel::Line',
  TWITTER: 'Channel::TwitterProfile',
  SMS: 'Channel::Sms',
  VOICE: 'Channel::Voice',
  OTHER: 'Channel::Tiktok',
}

export function channelKind(channel: DeskChannel | undefined): string {
  return channel ? channelKindOf[channel.type] : 'Channel::Api'
}

export function inboxRow(channel: DeskChannel): Record<string, unknown> {
  const { address } = channel.account
  return {
    id: channel.id,
    avatar_url: '',
    channel_id: channel.account.id,
    name: channel.account.name,
    channel_type: channelKind(channel),
    enable_auto_assignment: true,
    lock_to_single_conversation: false,
    hmac_token: secretOf('inbox', channel.id),
    ...(channel.type === 'EMAIL'
      ? { email: address, imap_password: secretOf('imap', channel.id), smtp_password: secretOf('smtp', channel.id) }
      : {}),
    ...(channel.type === 'LIVE_CHAT' ? { website_url: address, website_token: secretOf('website', channel.id) } : {}),
    ...(channel.type === 'WHATSAPP' ? { provider_config: { api_key: secretOf('whatsapp', channel.id) } } : {}),
    phone_number: channel.type === 'SMS' || channel.type === 'WHATSAPP' || channel.type === 'VOICE' ? address : null,
  }
}

export function contactWithInboxes(world: World, contact: DeskContact): Record<string, unknown> {
  const channel = world.desk.channels.find(({ type }) =>
    contact.phone && !contact.email ? type === 'WHATSAPP' : type === 'EMAIL',
  )
  const value = channel?.type === 'EMAIL' ? contact.email : contact.phone
  const inboxes =
    channel && value
      ? [
          {
            source_id: value,
            inbox: { id: channel.id, name: channel.account.name, channel_type: channelKind(channel) },
          },
        ]
      : []
  return { ...contactRow(contact), contact_inboxes: inboxes }
}

export function labelRow({ id, name, color }: DeskTag): Record<string, unknown> {
  return { id, title: name, description: null, color, show_on_sidebar: true }
}
