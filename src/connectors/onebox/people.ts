/** Contacts, agents and channels in our words. */
import type { ActorRef, AgentRecord, ChannelRecord, ContactRecord, Json, JsonObject } from '#connectors/contract.ts'
import { idOf, mapEach, type Notes, need, objectOf, redact, textOf, wordOf } from '#connectors/reading.ts'
import type { Settings } from './settings.ts'
import type { Connection, Contact, Ticket } from './types.ts'
import { type Media, mediaOfCode, secretKeys } from './words.ts'

// ------------------------------------------------------------------ contacts

export function contactsFrom(rows: Json[], notes: Notes): ContactRecord[] {
  return mapEach(rows, { subject: 'contact', notes, secretKeys }, (row) =>
    contactFrom(need(objectOf(row), 'a contact', row)),
  )
}

export function contactFrom(contact: Contact): ContactRecord {
  const email = textOf(contact.Email)
  const phone = textOf(contact.Mobile) ?? textOf(contact.Phone)
  const identities: NonNullable<ContactRecord['identities']> = []
  const add = (channelType: (typeof identities)[number]['channelType'], value: string | null) => {
    if (value !== null) identities.push({ channelType, value, isPrimary: identities.length === 0 })
  }
  add('EMAIL', email)
  add('VOICE', phone)
  add('FACEBOOK', textOf(contact.FacebookId))
  add('TWITTER', textOf(contact.TwitterId))
  return {
    type: 'CONTACT',
    externalId: need(idOf(contact.Id), 'a contact with an Id', contact.Id),
    displayName: textOf(contact.Name),
    email,
    phone,
    identities,
    raw: redact(contact as JsonObject, secretKeys),
  }
}

/** Whether a contact has the address a message came from: a mailbox, a telephone number, an id at a social network. */
export function hasAddress(contact: Contact, from: string): boolean {
  const wanted = comparable(from)
  const { Email, Phone, Mobile, TwitterId, FacebookId } = contact
  return (
    wanted !== '' &&
    [Email, Phone, Mobile, TwitterId, FacebookId].some((value) => comparable(textOf(value) ?? '') === wanted)
  )
}

/** Telephone numbers are compared by their digits, mailboxes and names without case and a leading @. */
function comparable(address: string): string {
  const text = address.trim().toLowerCase()
  return /^\+?[\d\s().-]+$/.test(text) ? text.replace(/\D/g, '') : text.replace(/^@/, '')
}

/** Somebody of whom only the address on a channel is known. */
export function contactOfChannel(
  mediaId: string | null,
  from: string,
  name: string | null,
): { ref: ActorRef; contact: ContactRecord } {
  const externalId = `${mediaId ?? 'UNKNOWN'}:${from}`
  const channelType = wordOf(mediaOfCode, mediaId)?.type ?? 'OTHER'
  const known = {
    externalId,
    email: channelType === 'EMAIL' ? from : null,
    phone: channelType === 'WHATSAPP' || channelType === 'SMS' || channelType === 'VOICE' ? from : null,
  }
  const identities = [{ channelType, value: from, isPrimary: true }]
  return {
    ref: { type: 'CONTACT', name, ...known },
    contact: {
      type: 'CONTACT',
      ...known,
      displayName: name,
      identities,
      raw: { MediaId: mediaId, From: from, FromName: name },
    },
  }
}

// ------------------------------------------------------------------ agents

/** Who a ticket is assigned to. That both lists are separated by commas is ASSUMED (SEEN with one entry each). */
export function assigneesOf(ticket: Ticket): AgentRecord[] {
  const ids = split(ticket.AssigneeList)
  const names = ids.length === 1 ? [textOf(ticket.AssigneeTextList)] : split(ticket.AssigneeTextList)
  return ids.map((externalId, index) => {
    const name = names.length === ids.length ? (names[index] ?? null) : null
    return {
      type: 'AGENT',
      externalId,
      displayName: name ?? externalId,
      raw: { AssigneeList: externalId, AssigneeTextList: name },
    }
  })
}

function split(value: Json | undefined): string[] {
  return (idOf(value) ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && item !== '0')
}

// ------------------------------------------------------------------ channels

/** A channel per MediaId, its connections as accounts. The raw form is not kept: it holds live passwords and tokens. */
export function channelsFrom(rows: Json[], settings: Settings, notes: Notes): ChannelRecord[] {
  const accounts = mapEach(rows, { subject: 'channel', notes, secretKeys }, (row) => {
    const connection: Connection = need(objectOf(row), 'a connection', row)
    const externalId = need(idOf(connection.Id), 'a connection with an Id', connection.Id)
    const address = textOf(connection.From) ?? textOf(connection.UserId)
    return {
      mediaId: idOf(connection.MediaId) ?? 'UNKNOWN',
      account: { externalId, name: textOf(connection.Name) ?? externalId, address },
    }
  })
  return [...Map.groupBy(accounts, ({ mediaId }) => mediaId)].map(([mediaId, group]) => ({
    ...channelOf(mediaId, settings, notes),
    accounts: group.map(({ account }) => account),
  }))
}

/** The channel a MediaId stands for, without its accounts. */
export function channelOf(mediaId: string, settings: Settings, notes: Notes): ChannelRecord {
  const known: Media | undefined = wordOf(mediaOfCode, mediaId)
  const type = wordOf(settings.channelMap, mediaId) ?? known?.type
  if (!type) notes.unmapped('channel', mediaId, 'type', mediaId)
  return { externalId: mediaId, type: type ?? 'OTHER', name: known?.name ?? mediaId, accounts: [] }
}
