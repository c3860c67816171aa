/** A new conversation, and finding the one an order made. */
import type { JsonObject } from '#connectors/contract.ts'
import type { CreateTicket, OutgoingActor, Receipt } from '#connectors/operations.ts'
import { boolOf, idOf, listOf, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import { RefusedError, TryAgainError } from '#errors.ts'
import { createContact, findContact } from './operations-contacts.ts'
import { attributesWith, refuseUnknown, updateTicket } from './operations-tickets.ts'
import { bodyWith, messageFields } from './outgoing.ts'
import { statusWordIn } from './outgoing-words.ts'
import type { Source } from './read.ts'
import { markerKey } from './words.ts'

/**
 * The conversation and its first message in one call; priority, labels and a bot as its holder have calls of their own
 * after it. A requester nobody knows yet becomes a contact first. Source: ConversationsController and
 * ContactInboxBuilder (SEEN).
 */
export async function createTicket(source: Source, order: CreateTicket): Promise<Receipt> {
  const { client, settings } = source
  const { fields, marker, messages } = order
  const [message, second] = messages
  if (second) throw new RefusedError('Chatwoot takes one message with a new conversation')
  const status = statusWordIn(fields, settings.statusMap)
  await refuseUnknown(source, fields)
  const wireMessage = message && (await messageFields(source, message))
  const inbox = await inboxFor(source, order)
  // Here the server would end in an internal error (INFERRED: nobody rescues it, unlike with a message of its own).
  if (message?.type === 'REPLY_INBOUND' && inbox.kind !== 'Channel::Api')
    throw new RefusedError("Chatwoot takes messages in the contact's name in API inboxes only")
  const contactId = await contactFor(source, fields.requester)
  await refuseSecond(source, inbox, contactId)

  // A form knows texts only, so fields with values of other kinds wait.
  const isForm = Boolean(message && message.attachments.length > 0)
  const { assignee, departmentExternalId: teamId, snoozedUntil, contactLanguage, customFields } = fields
  const body: JsonObject = {
    inbox_id: Number(inbox.id),
    contact_id: Number(contactId),
    ...(status === undefined ? {} : { status }),
    ...(snoozedUntil ? { snoozed_until: snoozedUntil.toISOString() } : {}),
    ...(assignee?.type === 'AGENT' ? { assignee_id: Number(assignee.externalId) } : {}),
    ...(teamId ? { team_id: Number(teamId) } : {}),
    additional_attributes: {
      mail_subject: fields.subject,
      ...(contactLanguage ? { conversation_language: contactLanguage } : {}),
      [markerKey]: marker,
    },
    ...(customFields && !isForm ? { custom_attributes: attributesWith({}, customFields) } : {}),
    ...(wireMessage ? { message: wireMessage } : {}),
  }
  const made = objectOf(await client.createConversation(await bodyWith(body, message, 'message')))
  const number = idOf(made?.id)
  if (number === null)
    throw new TryAgainError('Chatwoot answered without the conversation it made', { httpStatus: 200 })
  const ticketExternalId = `${settings.accountId}:${number}`

  const { priority, tags } = fields
  const later = {
    ...(priority ? { priority } : {}),
    ...(tags && tags.all.length > 0 ? { tags: { all: tags.all, added: tags.all, removed: [] } } : {}),
    ...(assignee?.type === 'CHATBOT' ? { assignee, ...(status === undefined ? {} : { rawStatus: status }) } : {}),
    ...(customFields && isForm ? { customFields } : {}),
  }
  if (Object.keys(later).length > 0) await updateTicket(source, { ticketExternalId, changes: later })
  return {
    ticketExternalId,
    ...(message ? { messages: [messageIn(made, message.marker, ticketExternalId)] } : {}),
  }
}

/** By our id, which newer and older servers keep with the conversation (SEEN). */
export async function findTicket(
  { client, settings }: Source,
  { marker }: CreateTicket,
  since: Date,
): Promise<string | null> {
  for (let page = 1; page <= mostPages; page += 1) {
    const rows = (await client.conversations(page, 'created_at_desc')).rows.map(objectOf)
    const found = rows.find((row) => textOf(objectOf(row?.additional_attributes)?.[markerKey]) === marker)
    if (found) return `${settings.accountId}:${idOf(found.id)}`
    const oldest = timeOf(rows.at(-1)?.created_at)
    if (rows.length === 0 || (oldest && oldest.getTime() < since.getTime() - slackMs)) return null
  }
  throw new TryAgainError('Chatwoot has too many new conversations to find the one that was made')
}

/** How far the server's clock may be behind ours. */
const slackMs = 600_000
const mostPages = 400

type Inbox = { id: string; kind: string | null; isSingle: boolean }

/** The inbox that is named, the first of the channel that is named, the one of the settings, or a fitting one. */
async function inboxFor({ client, settings }: Source, { fields }: CreateTicket): Promise<Inbox> {
  const inboxes = (await client.inboxes()).flatMap((row): Inbox[] => {
    const wire = objectOf(row)
    const id = idOf(wire?.id)
    const isSingle = boolOf(wire?.lock_to_single_conversation) === true
    return id === null ? [] : [{ id, kind: textOf(wire?.channel_type), isSingle }]
  })
  const { channelAccountExternalId: accountId, channelExternalId: kind, requester } = fields
  const named = accountId ?? (kind === undefined ? settings.newTicketInboxId : undefined)
  const first = (wanted: string) => inboxes.find((inbox) => inbox.kind === wanted)
  const found =
    named !== undefined
      ? inboxes.find((inbox) => inbox.id === named)
      : kind !== undefined
        ? first(kind)
        : ((requester.email ? first('Channel::Email') : undefined) ?? first('Channel::Api'))
  if (!found)
    throw new RefusedError(
      named === undefined
        ? `Chatwoot has no inbox ${kind ?? 'to open a conversation in'}`
        : `Chatwoot has no inbox ${named}`,
    )
  if (!openable.has(found.kind ?? '')) throw new RefusedError(`Chatwoot cannot write first in an inbox ${found.kind}`)
  return found
}

/** Where the server knows how to reach somebody who has not written yet (SEEN). */
const openable = new Set([
  'Channel::Email',
  'Channel::Api',
  'Channel::WebWidget',
  'Channel::Sms',
  'Channel::TwilioSms',
  'Channel::Whatsapp',
])
/** Every conversation is a session of its own there. */
const sessionKinds = new Set(['Channel::Api', 'Channel::WebWidget'])

/** An inbox with one conversation per contact would write into the one that is there (SEEN), and say it was made. */
async function refuseSecond({ client }: Source, inbox: Inbox, contactId: string): Promise<void> {
  if (!inbox.isSingle || sessionKinds.has(inbox.kind ?? '')) return
  const rows = (await client.conversationsOfContact(contactId)).map(objectOf)
  const first = rows.find((row) => idOf(row?.inbox_id) === inbox.id)
  if (first) throw new RefusedError(`Chatwoot keeps one conversation per contact in this inbox, here ${idOf(first.id)}`)
}

async function contactFor(source: Source, requester: OutgoingActor): Promise<string> {
  const { type, externalId, name, email, phone } = requester
  if (type !== 'CONTACT' && type !== 'VISITOR')
    throw new RefusedError(`Chatwoot opens conversations with contacts, not with ${type}`)
  if (externalId !== null) return externalId
  const found = await findContact(source, { email, phone })
  if (found !== null) return found
  const fields = { name: name ?? email ?? phone, ...(email ? { email } : {}), ...(phone ? { phone } : {}) }
  return (await createContact(source, fields)).contactExternalId as string
}

/** The answer holds the last message only; null when that is another one, e.g. an automatic greeting. */
function messageIn(conversation: JsonObject | null, marker: string, conversationExternalId: string) {
  const rows = [...listOf(conversation?.messages), conversation?.last_non_activity_message ?? null].map(objectOf)
  const row = rows.find((held) => textOf(objectOf(held?.content_attributes)?.[markerKey]) === marker)
  const externalId = idOf(row?.id)
  return externalId === null ? null : { externalId, conversationExternalId }
}
