/**
 * Finds the ticket an order made when the answer was lost. OneBox keeps no word of ours and searches nothing: the
 * newest rows of the list are compared by subject and time, what remains is read whole.
 */
import type { Json, MessageRecord, TicketRecord } from '#connectors/contract.ts'
import type { CreateTicket, OutgoingActor } from '#connectors/operations.ts'
import { idOf, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import { fetchTicket, type SessionParts } from './whole.ts'

const rowsAtOnce = 100
const latest = new Date(8e15)

/**
 * The oldest ticket since then with the same subject, requester and first message; failing that, one of the same
 * subject and requester whose first message OneBox does not tell.
 */
export async function findTicket(
  { fields, messages }: CreateTicket,
  since: Date,
  parts: SessionParts,
): Promise<string | null> {
  // Both clocks may differ, and OneBox's knows no fractions of a second.
  const from = new Date(since.getTime() - parts.settings.overlapMs)
  const rows = (await rowsSince(from, parts)).filter(({ subject }) => isSameLine(subject, fields.subject))
  // A ticket from before is only taken when there is none after.
  const [before, after] = [rows.filter(({ at }) => at < floor(since)), rows.filter(({ at }) => at >= floor(since))]
  const wanted = { requester: fields.requester, text: messages[0]?.body.text ?? null }
  let untold: string | null = null
  for (const { id } of [...after, ...before]) {
    const found = await fetchTicket({ id, row: null }, { ...parts, contacts: new Map() })
    const ticket = found?.tickets[0]
    if (!ticket || !isFrom(wanted.requester, ticket)) continue
    const text = textOfFirst(ticket)
    if (wanted.text === null || (text !== null && isSameText(text, wanted.text))) return id
    if (text === null) untold ??= id
  }
  return untold
}

type Row = { id: string; subject: string; at: Date }

/** Rows of tickets that are at least as new, oldest first. That the list goes by ascending ids is INFERRED. */
async function rowsSince(from: Date, { client, settings }: SessionParts): Promise<Row[]> {
  const read = new Map<string, Row>()

  async function page(offset: number) {
    const { rows, total } = await client.findTickets({ sinceId: '0', limit: rowsAtOnce, offset })
    return {
      taken: rows.map((row) => rowFrom(row, settings.zone)).filter((row) => row !== null),
      length: rows.length,
      total,
    }
  }
  /** From there up to what is read already, however long the pages are; says how old the oldest row is. */
  async function readFrom(start: number, isOver: (rows: Row[]) => boolean = () => false): Promise<Date> {
    let oldestAt = latest
    for (let offset = start; ; ) {
      const { taken, length } = await page(offset)
      const isKnown = taken.every(({ id }) => read.has(id))
      if (isKnown && taken.length > 0 && offset === start)
        throw new RefusedError('OneBox gave the same rows for another offset, so the newest ones cannot be found')
      for (const row of taken) {
        read.set(row.id, row)
        if (row.at < oldestAt) oldestAt = row.at
      }
      offset += length
      if (length === 0 || isKnown || isOver(taken)) return oldestAt
    }
  }

  const { taken, length, total } = await page(0)
  for (const row of taken) read.set(row.id, row)
  const isNewestFirst = Number(taken[0]?.id) > Number(taken.at(-1)?.id)
  if (isNewestFirst) await readFrom(length, (rows) => rows.some(({ at }) => at < from))
  else if (total === null) await readFrom(length)
  else
    for (let start = total; start > length; ) {
      start = Math.max(length, start - rowsAtOnce)
      if ((await readFrom(start)) < from) break
    }
  return [...read.values()].filter(({ at }) => at >= from).sort((one, other) => one.at.getTime() - other.at.getTime())
}

/** A row without a date counts as new: it is looked at rather than overlooked. */
function rowFrom(value: Json, zone: string): Row | null {
  const row = objectOf(value)
  const id = idOf(row?.Id)
  if (id === null) return null
  return { id, subject: textOf(row?.Subject) ?? '', at: timeOf(row?.CreateDate, zone) ?? latest }
}

function isFrom({ externalId, email, name }: OutgoingActor, { requester, conversations }: TicketRecord): boolean {
  if (externalId !== null && externalId === requester?.externalId) return true
  const addresses = conversations.flatMap(({ messages }) => messages).flatMap((message) => message.addresses ?? [])
  const emails = [
    requester?.email,
    ...addresses.filter(({ direction }) => direction === 'FROM').map((one) => one.email),
  ]
  if (email !== null && emails.some((one) => one?.toLowerCase() === email.toLowerCase())) return true
  // Where OneBox tells no address of the contact, the name has to do.
  return !requester?.email && (name ?? email) === requester?.name
}

function textOfFirst({ conversations, raw }: TicketRecord): string | null {
  const messages: MessageRecord[] = conversations.flatMap((conversation) => conversation.messages)
  const first = messages.reduce<MessageRecord | null>((one, other) => (one && one.at <= other.at ? one : other), null)
  return first?.body.text ?? first?.body.html ?? textOf(objectOf(raw)?.Content)
}

/** By letters and digits: OneBox may wrap a text in HTML, and threads now and then lose a character (SEEN: a "?"). */
function isSameText(one: string, other: string): boolean {
  return lettersOf(one) === lettersOf(other)
}

function lettersOf(text: string): string {
  return text.replace(/<[^<>]*>|&#?\w{1,32};/g, ' ').replace(/[^\p{L}\p{N}]+/gu, '')
}

function isSameLine(one: string, other: string): boolean {
  return one.replace(/\s+/g, ' ').trim() === other.replace(/\s+/g, ' ').trim()
}

function floor(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000)
}
