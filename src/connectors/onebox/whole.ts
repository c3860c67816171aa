/** Fetches whole tickets: the ticket, its names, its thread, the files of its messages, its contact. */
import type { JsonObject, Misfit, Records } from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import { inParallel } from '#connectors/in-parallel.ts'
import { idOf, mapEach, type Notes, objectOf, takeNotes } from '#connectors/reading.ts'
import { FixCredentialsError, GoneError, TryAgainError, VendorError, WaitForQuotaError } from '#errors.ts'
import type { Client } from './client.ts'
import { contactIdOf, ticketFrom } from './map-ticket.ts'
import { agree, type Names } from './names.ts'
import type { Settings } from './settings.ts'
import { attachmentCountOf, type KeyedMessage, messagesIn } from './thread.ts'
import type { Contact, Message, Ticket, TicketRow } from './types.ts'
import { secretKeys } from './words.ts'

/** What a session works with. */
export type SessionParts = {
  client: Client
  settings: Settings
  names: Names
  /** The clock of the host. */
  now(): Date
}

export type Fetching = SessionParts & {
  /** Contacts by id that are known already, null for one that is not there; what is fetched is added. */
  contacts: Map<string, Contact | null>
}

/** A ticket to fetch; the row when a list gave it. */
export type Wanted = { id: string; row: TicketRow | null }

const ticketsAtOnce = 8
const filesAtOnce = 4

export async function fetchTickets(wanted: Wanted[], fetching: Fetching): Promise<Records> {
  const all = await inParallel(wanted, ticketsAtOnce, (one) => fetchTicket(one, fetching))
  return joined(all.filter((found) => found !== null))
}

/** Null when OneBox has no such ticket. */
export async function fetchTicket({ id, row: listed }: Wanted, fetching: Fetching): Promise<Records | null> {
  const { client, settings, names, now } = fetching
  const notes = takeNotes()
  const [ticket, thread] = await Promise.all([
    client.ticket(id).catch(
      unlessPassing((error) => {
        if (error instanceof GoneError) return null
        note(notes, 'ticket', id, error)
        return {} as Ticket
      }),
    ),
    client.thread(id).catch(
      unlessPassing((error) => {
        if (!(error instanceof GoneError)) note(notes, 'thread', id, error)
        return error
      }),
    ),
  ])
  if (ticket === null) return null
  if (thread instanceof GoneError) note(notes, 'thread', id, thread)

  const messages = thread instanceof Error ? [] : messagesIn(thread, id, notes)
  const [row, details, contact] = await Promise.all([
    listed && (agree(ticket, listed) || idOf(ticket.Id) === null)
      ? listed
      : rowOf(id, client).then((fresh) => fresh ?? listed),
    detailsOf(messages, client, notes),
    contactOf(contactIdOf(ticket), fetching),
  ])

  const whole = { ticket, row, messages, details, ...contact }
  const [found] = mapEach(
    [{ ...(row as JsonObject | null), ...(ticket as JsonObject) }],
    { subject: 'ticket', notes, secretKeys },
    () => ticketFrom(whole, { settings, names, notes, fetchedAt: now() }),
  )
  return { ...(found ?? records()), misfits: notes.misfits }
}

/** The list row of one ticket: the first one after the id before it (`sinceId` as an id is INFERRED). */
async function rowOf(id: string, client: Client): Promise<TicketRow | null> {
  if (!/^\d{1,15}$/.test(id)) return null
  const { rows } = await client.findTickets({ sinceId: String(Number(id) - 1), limit: 1, offset: 0 })
  return (rows.map(objectOf).find((row) => idOf(row?.Id) === id) as TicketRow | undefined) ?? null
}

async function detailsOf(messages: KeyedMessage[], client: Client, notes: Notes): Promise<Map<string, Message>> {
  const ids = [
    ...new Set(
      messages.filter(({ message }) => attachmentCountOf(message) > 0).map(({ message }) => idOf(message.Id) as string),
    ),
  ]
  const details = new Map<string, Message>()
  await inParallel(ids, filesAtOnce, async (id) => {
    const detail = await client.message(id).catch(
      unlessPassing((error) => {
        note(notes, 'message', id, error)
        return null
      }),
    )
    if (detail) details.set(id, detail)
  })
  return details
}

async function contactOf(
  id: string | null,
  { client, contacts, settings }: Fetching,
): Promise<{ contact: Contact | null; isContactNew: boolean }> {
  if (id === null || settings.contactsPath === null) return { contact: null, isContactNew: false }
  const known = contacts.get(id)
  if (known !== undefined) return { contact: known, isContactNew: false }
  // That a contact can be read is ASSUMED: a refusal is no reason to lose the ticket.
  const contact = await client.contact(id).catch(unlessPassing(() => null))
  contacts.set(id, contact)
  return { contact, isContactNew: contact !== null }
}

/**
 * Handles what concerns one item; what concerns the whole backend, or passes, is thrown on and the page is asked for
 * again.
 */
function unlessPassing<Result>(handle: (error: VendorError) => Result): (error: unknown) => Result {
  return (error) => {
    const isOfItem =
      error instanceof VendorError &&
      !(error instanceof TryAgainError || error instanceof FixCredentialsError || error instanceof WaitForQuotaError)
    if (!isOfItem) throw error
    return handle(error)
  }
}

function note(notes: Notes, subject: string, externalId: string, error: VendorError): void {
  notes.misfits.push({ kind: 'parked', subject, externalId, field: null, problem: error.message, raw: null })
}

export function joined(all: Records[]): Records {
  const one = records()
  for (const part of all) {
    for (const key of Object.keys(one) as (keyof Records)[]) (one[key] as unknown[]).push(...part[key])
  }
  // The same contact, agent or channel stands with many tickets. A channel that tickets name comes without its
  // accounts.
  const byAccounts = one.channels.toSorted((first, second) => first.accounts.length - second.accounts.length)
  const { externalId, misfit } = keys
  return {
    ...one,
    channels: once(byAccounts, externalId),
    contacts: once(one.contacts, externalId),
    agents: once(one.agents, externalId),
    tags: once(one.tags, externalId),
    misfits: once(one.misfits, misfit),
  }
}

const keys = {
  externalId: (item: { externalId: string }) => item.externalId,
  /** An unknown word of a channel is one misfit, however many tickets came by it. */
  misfit: (item: Misfit) =>
    item.kind === 'parked' ? item : `${item.subject} ${item.externalId} ${item.field} ${item.problem}`,
}

function once<Item>(items: Item[], key: (item: Item) => unknown): Item[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}
