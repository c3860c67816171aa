/**
 * Opens a ticket: `POST /api/ticket/create` with `fullName`, `contact` (an e-mail address), `subject`, `category` and
 * `content`, all mandatory (SEEN). What it opens is the contact's: `content` are the contact's words (INFERRED from the
 * descriptions and the sample).
 */
import type { CreateTicket, OutgoingActor, OutgoingMessage, Receipt } from '#connectors/operations.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import type { Client } from './client.ts'
import { checkFiles, refuseUnless } from './refusals.ts'
import type { SessionParts } from './whole.ts'

/** A ticket takes two files, under these names (SEEN). */
const filePlaces = ['attachment', 'file'] as const

export async function createTicket(
  { fields, messages }: CreateTicket,
  { client, settings }: SessionParts,
): Promise<Receipt> {
  const first = onlyMessage(messages)
  const { name, email } = await contactOf(fields.requester, client)
  const content = settings.newTicketContent === 'html' ? (first.body.html ?? first.body.text) : first.body.text
  const ticket = {
    fullName: name ?? email,
    contact: email,
    subject: fields.subject,
    category: fields.category ?? settings.newTicketCategory,
    content,
  }
  const answer = await client.createTicket(first.attachments.length > 0 ? await formOf(ticket, first) : ticket)
  const ticketExternalId = idOf(objectOf(answer)?.ticketId)
  if (ticketExternalId === null) throw new TryAgainError('OneBox answered a new ticket without its ticketId')
  return { ticketExternalId, messages: [null] }
}

function onlyMessage(messages: OutgoingMessage[]): OutgoingMessage {
  const [first] = messages
  if (!first || messages.length > 1)
    throw new RefusedError(`OneBox opens a ticket with exactly one message, got ${messages.length}`)
  // Words of ours would stand there as the contact's.
  refuseUnless(first.type === 'REPLY_INBOUND', `OneBox opens a ticket with what the contact said, got ${first.type}`)
  refuseUnless(first.at === null, 'OneBox dates a message itself')
  refuseUnless(first.body.text !== '', 'OneBox opens no ticket without a text')
  checkFiles(first.attachments, filePlaces.length)
  return first
}

/** A contact OneBox knows but whose e-mail address was not said is looked up; one without any cannot open a ticket. */
async function contactOf({ externalId, name, email }: OutgoingActor, client: Client) {
  if (email !== null) return { name, email }
  const isNumber = externalId !== null && /^\d+$/.test(externalId)
  const known = isNumber ? await client.contact(externalId).catch(unlessGone) : null
  const found = textOf(known?.Email)
  if (found === null) throw new RefusedError('OneBox opens tickets only for a contact with an e-mail address')
  return { name: name ?? textOf(known?.Name), email: found }
}

function unlessGone(error: unknown): null {
  if (error instanceof GoneError || error instanceof RefusedError) return null
  throw error
}

/** ASSUMED: as a form, since the reference shows a file as a bare name and a file cannot stand in JSON. */
async function formOf(ticket: Record<string, string>, { attachments }: OutgoingMessage): Promise<FormData> {
  const form = new FormData()
  for (const [key, value] of Object.entries(ticket)) form.set(key, value)
  for (const [index, { name, contentType, bytes }] of attachments.entries()) {
    const file = new File([new Uint8Array(await bytes())], name, { type: contentType })
    form.set(filePlaces[index] as string, file)
  }
  return form
}
