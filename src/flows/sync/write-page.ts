/**
 * One page into Postgres, within one transaction: tickets, conversations, messages and all that hangs on them. What is
 * the same already is not written.
 */
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { TicketRecord } from '#connectors/contract.ts'
import { conversations } from '#domain/conversations/table.ts'
import { messages } from '#domain/messages/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import type { Db } from '#platform/db/client.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import type { BodyColumns } from './bodies.ts'
import { type Change, insertChanges } from './changes.ts'
import {
  type Counted, conversationCountsOf, countsOf, readConversationCounts, readTicketCounts, withConversationCounts, withCounts,
} from './counters.ts'
import { changedFieldsOf, isSame } from './differences.ts'
import type { Gathered, MessageItem } from './gather.ts'
import { contentHash } from './hash.ts'
import { writeMessageParts } from './message-parts.ts'
import { type MessageRow, messageRow } from './message-rows.ts'
import {
  type KnownMessage, type KnownTicket, keptOfMessages, knownConversations, lockTickets, wholeConversations, wholeTickets,
} from './reading-rows.ts'
import { type ConversationRow, conversationRow, type RowContext, type TicketRow, ticketRow } from './ticket-rows.ts'
import { type ChangedTicket, writeTicketParts } from './ticket-parts.ts'

/** A message that is new or says something else than the one we have. Its body was made before the transaction. */
export type ChangedMessage = MessageItem & { hash: string; known: KnownMessage | null; body: BodyColumns; translationHtml: string | null }

export type PageInput = {
  backend: { workspaceId: string; id: string; vendor: string }
  gathered: Gathered
  context: RowContext
  changedMessages: ChangedMessage[]
  knownMessages: Map<string, KnownMessage>
  draftBodies: Map<string, BodyColumns>
  /** Stamped on every ticket of the page during a full round; null otherwise. */
  fullRound: number | null
  /** The very first copy writes no change log: it would only double the volume. */
  withChanges: boolean
}

export type PageCounts = { newTickets: number; changedTickets: number; newMessages: number; changedMessages: number }

export async function writePage(tx: Db, input: PageInput): Promise<PageCounts> {
  const { backend, gathered, context, knownMessages, fullRound } = input
  const { workspaceId } = backend
  const { fetchedAt } = context

  // 1. The tickets: which are new, which changed, which answers are older than what we have.
  const known = await lockTickets(tx, backend, [...gathered.tickets.keys()])
  const ticketIds = new Map<string, string>()
  const changedTickets: ChangedTicket[] = []
  const hashes = new Map<string, string>()
  const outdated = new Set<string>()
  for (const [externalId, record] of gathered.tickets) {
    const before = known.get(externalId)
    const id = before?.id ?? uuidv7()
    ticketIds.set(externalId, id)
    if (before && (before.hasPendingWrite || isOlder(record, fetchedAt, before))) {
      outdated.add(externalId)
      continue
    }
    const hash = ticketHash(record, context)
    hashes.set(id, hash)
    if (before?.contentHash !== hash || before.vanishedAt) changedTickets.push({ id, record, isNew: !before })
  }

  // 2. The conversations.
  const knownOnes = await knownConversations(tx, backend, [...gathered.conversations.keys()])
  const conversationIds = new Map<string, string>()
  const changedConversations = new Map<string, { externalId: string; hash: string }>()
  const movedConversations: { id: string; from: string; to: string }[] = []
  for (const [externalId, { ticketExternalId, record }] of gathered.conversations) {
    const before = knownOnes.get(externalId)
    const id = before?.id ?? uuidv7()
    const ticketId = ticketIds.get(ticketExternalId) as string
    conversationIds.set(externalId, id)
    if (before && outdated.has(ticketExternalId)) continue
    const { messages: _messages, ...own } = record
    const shown = shownStatus(gathered.tickets.get(ticketExternalId) as TicketRecord, known.get(ticketExternalId), outdated)
    const place = [ticketId, record.channelExternalId && context.references.channelId(record.channelExternalId)]
    const hash = contentHash(own, shown, place)
    if (before?.contentHash === hash) continue
    changedConversations.set(id, { externalId, hash })
    if (before && before.ticketId !== ticketId) movedConversations.push({ id, from: before.ticketId, to: ticketId })
  }

  // 3. The messages that are written: not those of an older answer.
  const writtenMessages = input.changedMessages.filter(({ known: before, record, ticketExternalId }) => {
    if (!before) return true
    if (record.updatedAt && record.updatedAt.getTime() !== before.updatedAt.getTime()) return record.updatedAt > before.updatedAt
    const ticket = known.get(ticketExternalId)
    return !ticket || fetchedAt >= ticket.fetchedAt
  })
  const kept = await keptOfMessages(
    tx,
    backend,
    writtenMessages.flatMap(({ known: before }) => (before ? [before.id] : [])),
  )
  const messageIds = new Map<string, string>()
  const messageRows = writtenMessages.map((item): MessageRow => {
    const id = item.known?.id ?? uuidv7()
    messageIds.set(item.record.externalId, id)
    const ticketId = ticketIds.get(item.ticketExternalId) as string
    const conversationId = conversationIds.get(item.conversationExternalId) as string
    const place = { id, ticketId, conversationId, contentHash: item.hash }
    return messageRow(item.record, kept.get(id) ?? null, place, item, context, backend.vendor)
  })

  // 4. Whole rows of what has to be counted again or changes otherwise, but is there already.
  const movedMessages = writtenMessages.flatMap(({ known: before }, index) => {
    const row = messageRows[index] as MessageRow
    return before && (before.conversationId !== row.conversationId || before.ticketId !== row.ticketId) ? [{ before, row }] : []
  })
  const recountedTickets = new Set([
    ...messageRows.map((row) => row.ticketId),
    ...movedConversations.flatMap(({ from, to }) => [from, to]),
    ...movedMessages.map(({ before }) => before.ticketId),
  ])
  const recountedConversations = new Set([
    ...messageRows.map((row) => row.conversationId),
    ...movedMessages.map(({ before }) => before.conversationId),
  ])
  const newTicketIds = new Set(changedTickets.filter(({ isNew }) => isNew).map(({ id }) => id))
  const newConversationIds = new Set([...conversationIds].filter(([key]) => !knownOnes.has(key)).map(([, id]) => id))
  const existing = (ids: Iterable<string>, isNew: Set<string>) => [...new Set(ids)].filter((id) => !isNew.has(id))
  const ticketsBefore = await wholeTickets(
    tx,
    backend,
    existing([...changedTickets.map(({ id }) => id), ...recountedTickets, ...changedConversationTickets()], newTicketIds),
  )
  const conversationsBefore = await wholeConversations(
    tx,
    backend,
    existing([...changedConversations.keys(), ...recountedConversations], newConversationIds),
  )

  /** The tickets on which a conversation of theirs is a change. */
  function changedConversationTickets(): string[] {
    return [...changedConversations.values()].map(({ externalId }) => ticketIds.get(ticketOf(externalId)) as string)
  }
  function ticketOf(conversationExternalId: string): string {
    return gathered.conversations.get(conversationExternalId)?.ticketExternalId as string
  }

  // 5. Rows of tickets, then those that are new: the others' foreign keys need them. Nobody else has messages of these.
  const rowsByTicket = Map.groupBy(messageRows as Counted[] & MessageRow[], (row) => row.ticketId)
  const rowsByConversation = Map.groupBy(messageRows as Counted[] & MessageRow[], (row) => row.conversationId)
  const ticketRows = new Map<string, TicketRow>(ticketsBefore)
  const recordOfTicket = new Map<string, TicketRecord>()
  for (const [externalId, record] of gathered.tickets) {
    if (!outdated.has(externalId)) recordOfTicket.set(ticketIds.get(externalId) as string, record)
  }
  for (const { id, record, isNew } of changedTickets) {
    const row = { ...ticketRow(record, ticketsBefore.get(id) ?? null, id, context), contentHash: hashes.get(id) as string }
    if (fullRound !== null) row.seenInRound = fullRound
    const counts = countsOf(rowsByTicket.get(id) ?? [])
    ticketRows.set(id, isNew ? withCounts(row, counts, { record, isNew, hasNewInbound: false }) : row)
  }
  const targets = await mergeTargets(tx, backend, [...ticketRows.values()], ticketIds)
  for (const row of ticketRows.values()) {
    const target = row.mergedIntoExternalId ? targets.get(row.mergedIntoExternalId) : null
    if (target !== undefined) row.mergedIntoId = target === row.id ? null : target
  }
  await upsertTickets(tx, [...newTicketIds].map((id) => ticketRows.get(id) as TicketRow))

  // 6. The same with conversations.
  const conversationRows = new Map<string, ConversationRow>(conversationsBefore)
  for (const [id, { externalId, hash }] of changedConversations) {
    const { record, ticketExternalId } = gathered.conversations.get(externalId) as { record: never; ticketExternalId: string }
    const ticketId = ticketIds.get(ticketExternalId) as string
    const ticket = ticketRows.get(ticketId) ?? (known.get(ticketExternalId) as KnownTicket)
    const row = conversationRow(record, conversationsBefore.get(id) ?? null, { id, ticketId, ticket }, context)
    const counts = conversationCountsOf(rowsByConversation.get(id) ?? [])
    const counted = newConversationIds.has(id) ? withConversationCounts(row, counts, record) : row
    conversationRows.set(id, { ...counted, contentHash: hash })
  }
  await upsertConversations(tx, [...newConversationIds].map((id) => conversationRows.get(id) as ConversationRow))

  // 7. Messages and what hangs on them and on tickets.
  await upsertMessages(tx, messageRows)
  const messageParts = writtenMessages.map(({ record, known: before }, index) => {
    const { id, ticketId } = messageRows[index] as MessageRow
    return { id, ticketId, record, isNew: !before }
  })
  await writeMessageParts(tx, backend, messageParts)
  for (const { id, to } of movedConversations) await moveMessages(tx, workspaceId, id, to)
  const parts = await writeTicketParts(tx, {
    changed: changedTickets,
    context,
    messageIdOf: (externalId) => messageIds.get(externalId) ?? knownMessages.get(externalId)?.id ?? null,
    draftBodies: input.draftBodies,
  })

  // 8. Counters of what was there before, and of a new ticket that got messages of another.
  const movedTo = new Set([...movedConversations.map(({ to }) => to), ...movedMessages.map(({ row }) => row.ticketId)])
  const counted = [...recountedTickets].filter((id) => ticketsBefore.has(id) || movedTo.has(id))
  const newInbound = new Set(messageParts.filter(({ record, isNew }) => isNew && isInbound(record)).map(({ ticketId }) => ticketId))
  for (const [id, counts] of await readTicketCounts(tx, workspaceId, counted)) {
    const record = recordOfTicket.get(id) ?? null
    const isNew = newTicketIds.has(id)
    ticketRows.set(id, withCounts(ticketRows.get(id) as TicketRow, counts, { record, isNew, hasNewInbound: newInbound.has(id) }))
  }
  const movedConversationIds = new Set(movedMessages.map(({ row }) => row.conversationId))
  const countedConversations = [...recountedConversations].filter((id) => conversationsBefore.has(id) || movedConversationIds.has(id))
  const recordOfConversation = new Map([...gathered.conversations.values()].map(({ record }) => [conversationIds.get(record.externalId), record]))
  for (const [id, counts] of await readConversationCounts(tx, workspaceId, countedConversations)) {
    const row = conversationRows.get(id) as ConversationRow
    conversationRows.set(id, withConversationCounts(row, counts, recordOfConversation.get(id) ?? null))
  }
  await upsertConversations(
    tx,
    [...conversationRows.values()].filter(
      (row) => (conversationsBefore.has(row.id) || movedConversationIds.has(row.id)) && !isSame(row, conversationsBefore.get(row.id)),
    ),
  )

  // 9. The tickets that were there before, with the names of what changed.
  for (const { ticketId } of messageParts) note(ticketId, 'messages')
  for (const ticketId of changedConversationTickets()) note(ticketId, 'conversations')
  for (const { from, to } of movedConversations) for (const id of [from, to]) note(id, 'conversations')
  function note(ticketId: string, field: string) {
    parts.set(ticketId, (parts.get(ticketId) ?? new Set<string>()).add(field))
  }
  const changes: Change[] = []
  const rewritten: TicketRow[] = []
  for (const [id, row] of ticketRows) {
    const before = ticketsBefore.get(id)
    if (!before) {
      changes.push(changeOf(id, 'CREATED', []))
      if (movedTo.has(id)) rewritten.push(row)
      continue
    }
    const fields = [...new Set([...changedFieldsOf(before, row), ...(parts.get(id) ?? [])])].sort()
    if (fields.length === 0 && !before.vanishedAt) {
      if (row.contentHash !== before.contentHash) rewritten.push(row)
      continue
    }
    const updatedAt = row.vendorUpdatedAt === null ? fetchedAt : row.updatedAt
    rewritten.push({ ...row, version: before.version + 1, updatedAt })
    changes.push(before.vanishedAt ? changeOf(id, 'CREATED', []) : changeOf(id, 'UPDATED', fields))
  }
  await upsertTickets(tx, rewritten)
  if (newTicketIds.size > 0) changes.push(...(await joinMerged(tx, backend, [...gathered.tickets.keys()], fetchedAt)))
  if (fullRound !== null) await stampSeen(tx, workspaceId, [...ticketIds.values()], fullRound)

  // 10. The change log.
  for (const { id, ticketId, isNew } of messageParts) changes.push({ ...changeOf(ticketId, isNew ? 'CREATED' : 'UPDATED', []), messageId: id })
  if (input.withChanges) await insertChanges(tx, changes)

  function changeOf(ticketId: string, kind: Change['kind'], changedFields: string[]): Change {
    return { workspaceId, ticketId, messageId: null, kind, changedFields, source: 'SYNC', at: fetchedAt }
  }
  const newMessages = messageParts.filter(({ isNew }) => isNew).length
  return {
    newTickets: newTicketIds.size,
    changedTickets: rewritten.length,
    newMessages,
    changedMessages: messageParts.length - newMessages,
  }
}

/** The vendor's own times decide; where they are equal or unknown, what was asked for later is right. */
function isOlder(record: TicketRecord, fetchedAt: Date, before: KnownTicket): boolean {
  if (record.updatedAt && before.vendorUpdatedAt && record.updatedAt.getTime() !== before.vendorUpdatedAt.getTime()) {
    return record.updatedAt < before.vendorUpdatedAt
  }
  return fetchedAt < before.fetchedAt
}

/** With the ids it points at: a channel that becomes known later makes it another. Threads have hashes of their own. */
function ticketHash({ conversations: _conversations, ...own }: TicketRecord, { references }: RowContext): string {
  const { channelExternalId, channelAccountExternalId, departmentExternalId } = own
  return contentHash(
    own,
    channelExternalId && references.channelId(channelExternalId),
    channelAccountExternalId && references.accountId(channelAccountExternalId),
    departmentExternalId && references.departmentId(departmentExternalId),
  )
}

/** What a conversation shows that has no status of its own. */
function shownStatus(record: TicketRecord, before: KnownTicket | undefined, outdated: Set<string>) {
  const { status, statusDetail } = before && outdated.has(record.externalId) ? before : record
  return [status, statusDetail]
}

function isInbound({ direction, isInternal, isDeleted }: { direction: string; isInternal: boolean; isDeleted?: boolean }): boolean {
  return direction === 'INBOUND' && !isInternal && !isDeleted
}

type Backend = { workspaceId: string; id: string }

/** Ids of the tickets that others were merged into, by external id; null: not there yet. */
async function mergeTargets(tx: Db, backend: Backend, rows: TicketRow[], inPage: Map<string, string>): Promise<Map<string, string | null>> {
  const wanted = [...new Set(rows.map((row) => row.mergedIntoExternalId).filter((key) => key !== null))]
  const targets = new Map<string, string | null>(wanted.map((key) => [key, inPage.get(key) ?? null]))
  const missing = wanted.filter((key) => !targets.get(key))
  if (missing.length === 0) return targets
  const { rows: found } = await tx.execute<{ id: string; external_id: string }>(sql`
    select id, external_id from tickets
    where workspace_id = ${backend.workspaceId} and backend_id = ${backend.id} and external_id = any(${sql.param(missing)})`)
  for (const row of found) targets.set(row.external_id, row.id)
  return targets
}

/** Tickets whose merge target came only now. */
async function joinMerged(tx: Db, backend: Backend, externalIds: string[], at: Date): Promise<Change[]> {
  const { workspaceId } = backend
  const { rows } = await tx.execute<{ id: string }>(sql`
    update tickets merged set merged_into_id = target.id, version = merged.version + 1
    from tickets target
    where merged.workspace_id = ${workspaceId} and merged.backend_id = ${backend.id} and merged.merged_into_id is null
      and merged.merged_into_external_id = any(${sql.param(externalIds)}) and merged.id <> target.id
      and target.workspace_id = ${workspaceId} and target.backend_id = ${backend.id}
      and target.external_id = merged.merged_into_external_id
    returning merged.id`)
  return rows.map(({ id }) => ({
    ...{ workspaceId, ticketId: id, messageId: null, kind: 'UPDATED', changedFields: ['mergedInto'], source: 'SYNC', at },
  }))
}

async function moveMessages(tx: Db, workspaceId: string, conversationId: string, ticketId: string) {
  await tx.execute(sql`
    with moved as (
      update messages set ticket_id = ${ticketId}
      where workspace_id = ${workspaceId} and conversation_id = ${conversationId} and ticket_id <> ${ticketId}
      returning id
    ), files as (
      update attachments set ticket_id = ${ticketId}
      where workspace_id = ${workspaceId} and message_id in (select id from moved)
    )
    update mentions set ticket_id = ${ticketId} where workspace_id = ${workspaceId} and message_id in (select id from moved)`)
}

async function stampSeen(tx: Db, workspaceId: string, ticketIds: string[], fullRound: number) {
  await tx.execute(sql`
    update tickets set seen_in_round = ${fullRound}
    where workspace_id = ${workspaceId} and id = any(${sql.param(ticketIds)}::uuid[]) and seen_in_round <> ${fullRound}`)
}

const key = ['workspaceId', 'backendId', 'externalId'] as ['workspaceId', 'backendId', 'externalId']
const keep = ['id'] as ['id']
const upsertTickets = upsertInto(tickets, { key, keep })
const upsertConversations = upsertInto(conversations, { key, keep })
const upsertMessages = upsertInto(messages, { key, keep, where: 'old.content_hash is distinct from excluded.content_hash' })
