/**
 * What OneBox's writing calls do to the desk. Which keys are mandatory, what they may hold and what is answered follow
 * the vendor's API reference (SEEN). The reference shows no refusal but those at the door: that a wrong order is
 * answered 400 and how it is worded is INVENTED, so is the check that an address is the connection's.
 */
import type { Json, JsonObject } from '#connectors/contract.ts'
import { addContact } from '#connectors/sandbox/build.ts'
import { openTicket, sendReply } from '#connectors/sandbox/changes.ts'
import type { Desk, DeskContact, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { fileFrom, filesFrom } from './sandbox-files.ts'
import type { openMessageIndex } from './sandbox-index.ts'
import type { Shown } from './sandbox-messages.ts'
import { addressOn, channelOf } from './sandbox-people.ts'
import { mailAddresses } from './sandbox-users.ts'
import { methods } from './sandbox-words.ts'

/** What is wrong with an order. */
export class WrongOrder extends Error {}

type Index = ReturnType<typeof openMessageIndex>

// ------------------------------------------------------------------ tickets

const ticketKeys = {
  mandatory: ['fullName', 'contact', 'subject', 'category', 'content'],
  files: ['attachment', 'file'],
}

/** JSON, or a form where there are files (ASSUMED). The ticket is the contact's, its content their first message. */
export async function createTicket(desk: Desk, request: SandboxRequest): Promise<DeskTicket> {
  const fields = await ticketFields(request)
  for (const key of fields.keys())
    demand([...ticketKeys.mandatory, ...ticketKeys.files, 'coordinate'].includes(key), `${key} is unknown`)
  const [fullName, contact, subject, category, content] = ticketKeys.mandatory.map((key) => {
    const value = fields.get(key)
    demand(typeof value === 'string' && value.trim() !== '', `${key} is required`)
    return value as string
  }) as [string, string, string, string, string]
  demand(isMail(contact), 'contact is not an email address')
  const coordinate = fields.get('coordinate')
  demand(coordinate === undefined || /^-?[\d.]+,-?[\d.]+$/.test(String(coordinate)), 'coordinate is not lat,long')
  const files = ticketKeys.files.flatMap((key) => fields.get(key) ?? [])
  demand(
    files.every((file) => file instanceof File),
    'attachment is not a file',
  )
  const attachments = await Promise.all((files as File[]).map(async (file) => fileFrom(file.name, await bytesOf(file))))
  const channel = desk.channels.find(({ type }) => type === 'EMAIL') ?? desk.channels[0]
  return openTicket(desk, {
    subject,
    category,
    requesterId: contactBy(desk, { email: contact, name: fullName }).id,
    ...(channel ? { channelId: channel.id } : {}),
    first: { text: content, type: 'REPLY_INBOUND', attachments },
  })
}

async function ticketFields({ headers, body }: SandboxRequest): Promise<Map<string, unknown>> {
  const type = headers['content-type'] ?? ''
  if (!type.includes('form')) return new Map(Object.entries(jsonIn(body)))
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => {
    throw new WrongOrder('body is not a form')
  })
  return new Map(form.entries())
}

async function bytesOf(file: File): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer())
}

// ------------------------------------------------------------------ contacts

/** The names of its fields are those of the answer (INFERRED). */
export function createContact(desk: Desk, request: SandboxRequest): DeskContact {
  const fields = jsonIn(request.body)
  for (const [key, value] of Object.entries(fields)) {
    const isKnown = ['Name', 'Phone', 'Fax', 'Email', 'Mobile', 'TwitterId', 'FacebookId', 'Media'].includes(key)
    demand(isKnown && typeof value === 'string', `${key} is unknown`)
  }
  const { Name, Email, Phone, Mobile } = fields as Record<string, string>
  demand(Boolean(Name), 'Name is required')
  demand(!Email || isMail(Email), 'Email is not an email address')
  return addContact(desk, { name: Name as string, email: Email || null, phone: Mobile || Phone || null })
}

function contactBy(desk: Desk, { email, name }: { email: string; name: string }): DeskContact {
  const known = [...desk.contacts.values()].find((contact) => contact.email?.toLowerCase() === email.toLowerCase())
  return known ?? addContact(desk, { email, name })
}

// ------------------------------------------------------------------ messages

const messageKeys = ['ConnectionId', 'MethodId', 'Subject', 'From', 'To', 'Cc', 'Bcc', 'ConversationId', 'PreviousId']
const privately = ['DIRECT', null]

export function createMessage(desk: Desk, index: Index, request: SandboxRequest): void {
  const order = jsonIn(request.body)
  for (const key of Object.keys(order))
    demand([...messageKeys, 'PrevRemoteId', 'Attachments', 'Users', 'Content'].includes(key), `${key} is unknown`)
  for (const key of ['Subject', 'From', 'To']) demand(isFilled(order[key]), `${key} is required`)
  const channel = desk.channels.find(({ account }) => account.id === order.ConnectionId)
  if (!channel) throw new WrongOrder('ConnectionId is wrong')
  const MethodId = order.MethodId ?? null
  demand(MethodId === (methods[channel.type] ?? null), 'MethodId is wrong')
  const isMailing = channel.type === 'EMAIL'
  demand(isMailing || !(order.Cc || order.Bcc), 'Cc and Bcc are used only for email')

  const { ticket, previous } = placeOf(desk, index, order, {
    isPrivate: !isMailing && privately.includes(MethodId as string),
  })
  demand(channelOf(desk, ticket).account.id === channel.account.id, 'ConnectionId is wrong')
  demand(order.From === (channel.account.address ?? String(channel.account.id)), 'From is wrong')
  const writer = previous?.message.author
  const customer = desk.contacts.get((writer?.type === 'CONTACT' ? writer.id : null) ?? ticket.requesterId)
  demand(isMailing || order.To === addressOn(channel.type, customer), 'To is wrong')

  const addresses = isMailing ? mailAddresses(order, demand) : []
  sendReply(desk, {
    ticketId: ticket.id,
    ...contentFrom(order.Content),
    subject: order.Subject as string,
    addresses,
    attachments: filesFrom(order.Attachments ?? [], demand),
    author: { type: 'AGENT' },
  })
}

/**
 * `ConversationId` for what only the contact can read, else `PreviousId`; a direct message may have the latter (SEEN).
 */
function placeOf(
  desk: Desk,
  index: Index,
  { ConversationId, PreviousId }: JsonObject,
  { isPrivate }: { isPrivate: boolean },
): { ticket: DeskTicket; previous: Shown | null } {
  if (isPrivate && ConversationId != null) {
    demand(typeof ConversationId === 'number', 'ConversationId is not a number')
    const ticket = desk.tickets.get((ConversationId as number) - 1_000_000)
    if (!ticket) throw new WrongOrder('ConversationId is wrong')
    return { ticket, previous: null }
  }
  // Without either OneBox writes to somebody anew; whether that makes a ticket is not known, so it is not done here.
  demand(PreviousId != null, 'PreviousId is required')
  demand(/^\d+$/.test(String(PreviousId)), 'PreviousId is not a number')
  const found = index.find(String(PreviousId))
  if (!found) throw new WrongOrder('PreviousId is wrong')
  return { ticket: found.ticket, previous: found.shown }
}

function contentFrom(value: Json | undefined): { text: string; html: string | null } {
  const { Body, BodyText, ContentType, Encoding } = Object(value) as JsonObject
  for (const [key, part] of Object.entries({ Body, BodyText })) demand(typeof part === 'string', `${key} is required`)
  demand(ContentType === 'text/html' || ContentType === 'text/plain', 'ContentType is wrong')
  demand(isFilled(Encoding), 'Encoding is required')
  return { text: BodyText as string, html: ContentType === 'text/html' ? (Body as string) : null }
}

// ------------------------------------------------------------------ what they share

function demand(isRight: boolean, problem: string): void {
  if (!isRight) throw new WrongOrder(problem)
}

function jsonIn(body: Buffer): JsonObject {
  try {
    const value = JSON.parse(body.toString('utf8')) as Json
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {}
  throw new WrongOrder('body is not a JSON object')
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isMail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text)
}
