/**
 * Messages written here turn up in what a help desk shows of their ticket, without its saying whose they are: when the
 * answer to our call was lost, when a pull is faster than the answer, or when the vendor gives no id. Each is recognised
 * by our marker where the vendor keeps it, else by direction, text and time, and from then on has the vendor's id.
 */
import { sql } from 'drizzle-orm'
import type { AttachmentRecord, MessageRecord, Records } from '#connectors/contract.ts'
import type { Db } from '#platform/db/client.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'
import { bindAttachments } from './attachment-binding.ts'
import { isVendorId, newExternalId } from './external-ids.ts'
import { showDelivery } from './message-status.ts'

type Backend = { workspaceId: string; id: string }

/** A message of ours that went out at least once and has no id of its help desk yet. */
type Unbound = {
  id: string
  ticketExternalId: string
  direction: string
  isInternal: boolean
  text: string
  at: Date
  /** When it was promised: the vendor cannot have it from before. */
  promisedAt: Date
}

/** A message of the vendor that may be ours. */
type Candidate = {
  record: MessageRecord
  conversationExternalId: string
  text: string
  /** Since when a copy of it is stored here, in milliseconds since 1970; null: it is news. */
  storedAtMs: number | null
}

/** Clocks of help desks may be off by so much. */
const CLOCK_SKEW_MS = 5 * 60_000
/** Ours by so much. */
const OWN_CLOCK_SKEW_MS = 5000

/** Binds what it recognises; to be done before the records are stored, or they would be stored as somebody else's. */
export async function adoptOwnMessages(
  db: Db,
  backend: Backend,
  { tickets }: Pick<Records, 'tickets'>,
  cleaner: HtmlCleaner,
): Promise<void> {
  if (tickets.length === 0) return
  const unbound = await unboundMessages(
    db,
    backend,
    tickets.map(({ externalId }) => externalId),
  )
  for (const [ticketExternalId, own] of Map.groupBy(unbound, (message) => message.ticketExternalId)) {
    const found = tickets
      .filter(({ externalId }) => externalId === ticketExternalId)
      .flatMap(({ conversations }) => conversations)
    const candidates = await candidatesIn(db, backend, found, cleaner, own)
    for (const [message, { record, conversationExternalId }] of pairsOf(own, candidates)) {
      await db.transaction((tx) =>
        bindMessage(tx, backend, {
          id: message.id,
          externalId: record.externalId,
          conversationExternalId,
          attachments: record.attachments,
        }),
      )
    }
  }
}

export type Binding = {
  id: string
  externalId: string
  conversationExternalId?: string
  attachments?: AttachmentRecord[]
  /** True: the vendor said so itself, which goes before what looked alike. */
  isCertain?: boolean
}

/**
 * From now on the message is known by the vendor's id. A copy that a pull stored meanwhile goes; ours stays, since clients
 * know it by its id.
 */
export async function bindMessage(tx: Db, { workspaceId, id: backendId }: Backend, binding: Binding): Promise<void> {
  const { id, externalId, conversationExternalId, attachments = [], isCertain = false } = binding
  const { rows: known } = await tx.execute<{ id: string; external_id: string; is_ours: boolean }>(sql`
    select id, external_id, delivery_id is not null as is_ours from messages
    where workspace_id = ${workspaceId} and (id = ${id} or backend_id = ${backendId} and external_id = ${externalId})
    order by id for update`)
  const own = known.find((row) => row.id === id)
  const other = known.find((row) => row.id !== id)
  if (!own || (isVendorId(own.external_id) && own.external_id !== externalId)) return
  if (other?.is_ours && !isCertain) return
  if (other?.is_ours) {
    await tx.execute(sql`
      update messages set external_id = ${newExternalId(other.id)}, content_hash = ''
      where workspace_id = ${workspaceId} and id = ${other.id}`)
  } else if (other) {
    await tx.execute(sql`delete from messages where workspace_id = ${workspaceId} and id = ${other.id}`)
  }
  const { rows } = await tx.execute<{ conversation_id: string }>(sql`
    update messages set external_id = ${externalId}, content_hash = ''
    where workspace_id = ${workspaceId} and id = ${id} and external_id <> ${externalId}
    returning conversation_id`)
  const conversationId = rows[0]?.conversation_id
  if (conversationId) await showDelivery(tx, workspaceId, [id], { status: 'SENT' })
  if (conversationId && conversationExternalId !== undefined) {
    await tx.execute(sql`
      update conversations own set external_id = ${conversationExternalId}, content_hash = ''
      where workspace_id = ${workspaceId} and id = ${conversationId} and external_id like 'deskgraph:%'
        and not exists (
          select from conversations other
          where other.workspace_id = own.workspace_id and other.backend_id = own.backend_id
            and other.ticket_id = own.ticket_id and other.external_id = ${conversationExternalId})`)
  }
  await bindAttachments(tx, workspaceId, [{ ownerId: id, records: attachments }])
}

async function unboundMessages(db: Db, { workspaceId, id }: Backend, ticketExternalIds: string[]): Promise<Unbound[]> {
  // Times as numbers: drizzle hands raw statements their timestamps as text.
  const { rows } = await db.execute<Omit<Unbound, 'at' | 'promisedAt'> & { at: number; promisedAt: number }>(sql`
    select message.id, place.external_id as "ticketExternalId", message.direction,
      message.is_internal as "isInternal", message.body_text as text,
      extract(epoch from message.at)::float8 * 1000 as at,
      extract(epoch from delivery.created_at)::float8 * 1000 as "promisedAt"
    from messages message
    join conversations conversation on conversation.workspace_id = message.workspace_id
      and conversation.id = message.conversation_id
    join tickets home on home.workspace_id = message.workspace_id
      and home.id = coalesce(conversation.origin_ticket_id, conversation.ticket_id)
    -- Where its help desk shows it: in its own ticket, or in the one that it merged that into.
    cross join lateral (
      select home.external_id
      union
      select target.external_id from tickets target
      where home.is_thread_moved and home.merged_into_external_id is not null
        and target.workspace_id = home.workspace_id and target.backend_id = home.backend_id
        and target.id in (message.ticket_id, home.merged_into_id)) place
    join deliveries delivery on delivery.workspace_id = message.workspace_id and delivery.id = message.delivery_id
    where message.workspace_id = ${workspaceId} and message.backend_id = ${id}
      and message.external_id like 'deskgraph:%' and delivery.sending_at is not null
      and place.external_id = any(${sql.param(ticketExternalIds)})
    -- What was refused comes last: the same words, said again, are those that arrived.
    order by delivery.state in ('REFUSED', 'DISCARDED'), delivery.position, message.at, message.sequence`)
  return rows.map((row) => ({ ...row, at: new Date(row.at), promisedAt: new Date(row.promisedAt) }))
}

async function candidatesIn(
  db: Db,
  { workspaceId, id }: Backend,
  conversations: Records['tickets'][number]['conversations'],
  cleaner: HtmlCleaner,
  own: Unbound[],
): Promise<Candidate[]> {
  const markers = new Set(own.map((message) => message.id))
  const all = conversations.flatMap((conversation) =>
    conversation.messages.map((record) => ({ record, conversationExternalId: conversation.externalId })),
  )
  const earliest = Math.min(...own.map((message) => Math.min(message.promisedAt.getTime(), message.at.getTime())))
  const fitting = all.filter(
    ({ record }) =>
      markers.has(record.marker ?? '') || (record.createdAt ?? record.at).getTime() >= earliest - CLOCK_SKEW_MS,
  )
  if (fitting.length === 0) return []
  const { rows } = await db.execute<{ id: string; external_id: string; is_ours: boolean }>(sql`
    select id, external_id, delivery_id is not null as is_ours from messages
    where workspace_id = ${workspaceId} and backend_id = ${id}
      and external_id = any(${sql.param(fitting.map(({ record }) => record.externalId))})`)
  const stored = new Map(rows.map((row) => [row.external_id, row]))
  const free = fitting.filter(({ record }) => !stored.get(record.externalId)?.is_ours)
  return Promise.all(
    free.map(async (item) => {
      const copy = stored.get(item.record.externalId)
      return { ...item, text: await textOf(item.record, cleaner), storedAtMs: copy ? madeAtMs(copy.id) : null }
    }),
  )
}

/** Ids of version 7 begin with the time they were made. */
function madeAtMs(id: string): number {
  return Number.parseInt(id.slice(0, 13).replace('-', ''), 16)
}

async function textOf({ body }: MessageRecord, cleaner: HtmlCleaner): Promise<string> {
  if (body.text != null) return body.text
  if (body.html) return (await cleaner.clean([{ html: body.html, text: null }]))[0]?.text ?? ''
  return body.markdown ?? ''
}

/** Each of ours with the first that fits, none twice. */
function pairsOf(own: Unbound[], candidates: Candidate[]): [Unbound, Candidate][] {
  const free = [...candidates].sort((a, b) => a.record.at.getTime() - b.record.at.getTime())
  const pairs: [Unbound, Candidate][] = []
  for (const matches of [isMarked, looksAlike]) {
    for (const message of own) {
      if (pairs.some(([bound]) => bound === message)) continue
      const place = free.findIndex((candidate) => matches(message, candidate))
      const [candidate] = place < 0 ? [] : free.splice(place, 1)
      if (candidate) pairs.push([message, candidate])
    }
  }
  return pairs
}

function isMarked(message: Unbound, { record }: Candidate): boolean {
  return record.marker === message.id
}

/** A record that bears another message's marker is that message, whatever it says. */
function looksAlike(message: Unbound, { record, text, storedAtMs }: Candidate): boolean {
  // What was there before ours was promised is somebody else's, as with words that are sent often.
  if (storedAtMs !== null && storedAtMs < message.promisedAt.getTime() - OWN_CLOCK_SKEW_MS) return false
  const isBackdated = message.at.getTime() < message.promisedAt.getTime() - 1000
  const time = (record.createdAt ?? record.at).getTime()
  const isInTime = isBackdated || time >= message.promisedAt.getTime() - CLOCK_SKEW_MS
  return (
    !record.marker &&
    isInTime &&
    record.direction === message.direction &&
    record.isInternal === message.isInternal &&
    wordsOf(text) === wordsOf(message.text)
  )
}

/** Vendors trim, wrap and re-indent. */
function wordsOf(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim()
}
