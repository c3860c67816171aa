/** Contacts, agents and bots: whole records where Chatwoot tells enough, else references. Pure and total. */
import type { ActorRef, AgentRecord, ContactRecord, CustomField, Json } from '#connectors/contract.ts'
import { boolOf, idOf, listOf, need, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import type { ActorType } from '#vocabulary.ts'
import { cleaned, withoutSignature } from './raw.ts'
import { channelTypeOf } from './words.ts'

/** The people met on one page, each once; a fuller description wins over a thinner one. */
export type People = { contacts: Map<string, ContactRecord>; agents: Map<string, AgentRecord> }

export function meetPeople(): People {
  return { contacts: new Map(), agents: new Map() }
}

/** Nobody in particular: activity lines and templates. */
export const system: ActorRef = { type: 'SYSTEM', externalId: 'system' }

/**
 * A contact from `/contacts` or `meta.sender`. Times are epoch seconds. Throws when it has no id. Visitors share the ids
 * of contacts, so nobody is a VISITOR here: who leaves an address later stays the same person.
 */
export function contactFrom(value: Json, isVerified: boolean | null = null): ContactRecord {
  const wire = need(objectOf(value), 'a contact', value)
  const externalId = need(idOf(wire.id), 'a contact with an id', wire.id)
  const email = textOf(wire.email)
  const phone = textOf(wire.phone_number)
  const availability = textOf(wire.availability_status)
  const blocked = boolOf(wire.blocked)
  return {
    type: 'CONTACT',
    externalId,
    identifier: textOf(wire.identifier),
    displayName: textOf(wire.name),
    email,
    phone,
    avatarUrl: avatarOf(wire),
    ...(blocked === null ? {} : { isBlocked: blocked }),
    isOnline: availability === null ? null : availability === 'online',
    ...(isVerified === null ? {} : { isIdentityVerified: isVerified }),
    identities: identitiesFrom(wire.contact_inboxes, email, phone),
    customFields: customFieldsFrom(wire.custom_attributes),
    ...('last_activity_at' in wire ? { lastActivityAt: timeOf(wire.last_activity_at) } : {}),
    ...('created_at' in wire ? { createdAt: timeOf(wire.created_at) } : {}),
    ...('updated_at' in wire ? { updatedAt: timeOf(wire.updated_at) } : {}),
    raw: cleaned(wire),
  }
}

/**
 * A person from `/agents` or `meta.assignee`, or a bot. Bots get `bot:` (and `captain:`) before their id, since
 * Chatwoot numbers users, bots and assistants separately. Throws when it has no id.
 */
export function agentFrom(value: Json, accountId: string, typeHint: string | null = null): AgentRecord {
  const wire = need(objectOf(value), 'an agent', value)
  const id = need(idOf(wire.id), 'an agent with an id', wire.id)
  const { type, externalId } = actorKeyOf(textOf(wire.type) ?? typeHint ?? 'user', id)
  const own = listOf(wire.accounts)
    .map(objectOf)
    .find((account) => account && idOf(account.id) === accountId)
  const availability = textOf(own?.availability_status) ?? textOf(wire.availability_status)
  const email = textOf(wire.email) ?? textOf(wire.uid)
  const name = textOf(wire.available_name) ?? textOf(wire.display_name) ?? textOf(wire.name) ?? email
  return {
    type: type === 'CHATBOT' ? 'CHATBOT' : 'AGENT',
    externalId,
    displayName: name ?? `${type === 'CHATBOT' ? 'Bot' : 'Agent'} ${id}`,
    ...('email' in wire || 'uid' in wire ? { email } : {}),
    avatarUrl: avatarOf(wire),
    isAvailable: availability === null ? null : availability === 'online',
    // An agent who has not accepted the invitation yet.
    ...('confirmed' in wire ? { isActive: boolOf(wire.confirmed) !== false } : {}),
    ...('role' in wire || own ? { role: textOf(own?.role) ?? textOf(wire.role) } : {}),
    ...('message_signature' in wire ? { messageSignature: textOf(wire.message_signature) } : {}),
    raw: cleaned(wire),
  }
}

export function refOfContact(contact: ContactRecord): ActorRef {
  const { type, externalId, displayName: name, email, phone, avatarUrl } = contact
  return { type, externalId, name, email, phone, avatarUrl }
}

export function refOfAgent(agent: AgentRecord): ActorRef {
  const { type, externalId, displayName: name, email, avatarUrl } = agent
  return { type, externalId, name, ...(email === undefined ? {} : { email }), avatarUrl }
}

/**
 * Who wrote a message. Users come thin here (name and picture), so they stay references; contacts and bots become
 * records. `requester` answers for an incoming message whose sender was left out, and for a contact already known.
 */
export function senderFrom(
  message: { sender?: Json; sender_type?: string | null; sender_id?: number | string | null },
  { accountId, people, requester }: { accountId: string; people: People; requester: ActorRef | null },
): ActorRef | null {
  const wire = objectOf(message.sender)
  const id = idOf(wire?.id) ?? idOf(message.sender_id)
  const word = textOf(wire?.type) ?? textOf(message.sender_type) ?? (wire && 'phone_number' in wire ? 'contact' : null)
  if (id === null || word === null) return null
  const { type, externalId } = actorKeyOf(word, id)
  if (type === 'CONTACT') {
    if (requester?.externalId === externalId) return requester
    if (!wire?.id) return { type, externalId }
    const contact = contactFrom(wire)
    if (!people.contacts.has(externalId)) people.contacts.set(externalId, contact)
    return refOfContact(contact)
  }
  if (!wire?.id) return { type, externalId }
  const agent = agentFrom(wire, accountId, word)
  if (type === 'CHATBOT' && !people.agents.has(externalId)) people.agents.set(externalId, agent)
  return refOfAgent(agent)
}

export function customFieldsFrom(value: Json | undefined): CustomField[] {
  return Object.entries(objectOf(value) ?? {}).map(([key, item]) => ({
    key,
    label: key,
    type: item === null ? 'text' : Array.isArray(item) ? 'list' : typeof item,
    value: item,
  }))
}

/** Words of `sender_type`, `sender.type` and `assignee_type`; an open set, so an unknown one is taken for a bot. */
function actorKeyOf(word: string, id: string): { type: ActorType; externalId: string } {
  const name = word.toLowerCase().replaceAll(/[^a-z]/g, '')
  if (name === 'contact') return { type: 'CONTACT', externalId: id }
  if (name === 'user' || name === 'agent') return { type: 'AGENT', externalId: id }
  return { type: 'CHATBOT', externalId: `${name.startsWith('captain') ? 'captain' : 'bot'}:${id}` }
}

function avatarOf(wire: { [key: string]: Json }): string | null {
  const link = textOf(wire.thumbnail) ?? textOf(wire.avatar_url) ?? textOf(wire.avatar)
  return link === null ? null : withoutSignature(link)
}

function identitiesFrom(
  inboxes: Json | undefined,
  email: string | null,
  phone: string | null,
): ContactRecord['identities'] {
  const identities: NonNullable<ContactRecord['identities']> = []
  if (email) identities.push({ channelType: 'EMAIL', value: email, isPrimary: true })
  if (phone) identities.push({ channelType: 'SMS', value: phone, isPrimary: true })
  for (const entry of listOf(inboxes).map(objectOf)) {
    const type = channelTypeOf[textOf(objectOf(entry?.inbox)?.channel_type) ?? '']
    const value = textOf(entry?.source_id)
    // A web widget's and an API inbox's source id is a session key, nothing a person is known by.
    if (!type || !value || type === 'LIVE_CHAT' || type === 'API') continue
    if (!identities.some((known) => known.value === value))
      identities.push({ channelType: type, value, isPrimary: false })
  }
  return identities
}
