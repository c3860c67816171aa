/** Contacts and connections of the desk in OneBox's wire format, and how the sandbox finds people. */
import type { Desk, DeskChannel, DeskContact, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { ChannelType } from '#vocabulary.ts'
import { medias } from './sandbox-words.ts'

export function contactRow(contact: DeskContact) {
  return {
    Id: String(contact.id),
    Name: contact.name ?? '',
    Phone: contact.phone ?? '',
    Fax: '',
    Email: contact.email ?? '',
    Mobile: contact.phone ?? '',
    TwitterId: '',
    FacebookId: facebookId(contact),
    Media: '',
  }
}

/** With its password and its token in clear, as the vendor's. */
export function connectionRow(channel: DeskChannel, siteId: string) {
  const address = channel.account.address ?? String(channel.account.id)
  return {
    Id: String(channel.account.id),
    LastActivity: 'sending...',
    SiteId: siteId,
    MediaId: medias[channel.type][0],
    ProviderId: 'PVD12',
    Code: null,
    Name: channel.account.name,
    UserId: address,
    Password: `sandbox-page-password-${channel.account.id}`,
    Host: null,
    Port: '0',
    Url: null,
    From: address,
    Token: `sandbox-page-token-${channel.account.id}`,
    Priority: '0',
    Enabled: '1',
    StatusId: 'CNS1',
    TargetId: address,
    TypeId: null,
    Incoming: '0',
    Outgoing: null,
    Error: '0',
    Remarks: '',
    AgentId: null,
  }
}

/** Where a contact can be reached on a channel. */
export function addressOn(type: ChannelType, contact: DeskContact | undefined): string | null {
  if (!contact) return null
  if (type === 'FACEBOOK') return facebookId(contact)
  // Nothing in a OneBox contact tells its id at Instagram.
  if (type === 'INSTAGRAM') return `ig${contact.id}`
  const { email, phone } = contact
  const isPhone = type === 'WHATSAPP' || type === 'SMS' || type === 'VOICE'
  return (isPhone ? (phone ?? email) : (email ?? phone)) ?? String(contact.id)
}

function facebookId(contact: DeskContact): string {
  return String(2_771_000_000_000_000 + contact.id)
}

export function people(desk: Desk) {
  return [...desk.agents, ...desk.bots]
}

export function channelOf(desk: Desk, ticket: DeskTicket): DeskChannel {
  const channel = desk.channels.find(({ id }) => id === ticket.channelId)
  if (!channel) throw new Error(`the desk has no channel ${ticket.channelId}`)
  return channel
}
