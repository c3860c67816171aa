/**
 * One page into Postgres, within one transaction: tickets, conversations, messages and all that hangs on them. What is
 * the same already is not written.
 */
import type { ConversationRecord, TicketRecord } from '#connectors/contract.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import { type Change, insertChanges } from '#domain/changes/log.ts'
import { conversations } from '#domain/conversations/table.ts'
import { type Arrivals, recountLooks } from '#domain/looks/recounting.ts'
import type { BodyColumns } from '#domain/messages/bodies.ts'
import {
  conversationCountsOf,
  countsOf,
  type News,
  readConversationCounts,
  readTicketCounts,
  withConversationCounts,
  withCounts,
} from '#domain/messages/counting.ts'
import { messages } from '#domain/messages/table.ts'
import { changedFieldsOf, isSame } from '#domain/tickets/differences.ts'
import { eventsBetween, giveWayToLog, insertEvents, type TagChange, type TicketEvent } from '#domain/tickets/events.ts'
import { keepingFields } from '#domain/tickets/fields.ts'
import { tickets } from '#domain/tickets/table.ts'
import type { Db } from '#platform/db/client.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import type { Gathered } from './gather.ts'
import { writeMessageParts } from './message-parts.ts'
import { type MessageRow, messageRow } from './message-rows.ts'
import { joinMerged, removeEmptied, resolveMergeTargets } from './moves.ts'
import type { ChangedParts } from './parts-input.ts'
import { type ChangedMessage, type Plan, type PlannedMessage, planPage } from './plan-page.ts'
import {
  type KnownMessage,
  type KnownTicket,
  keptOfMessages,
  wholeConversations,
  wholeTickets,
} from './reading-rows.ts'
import { writeTicketParts } from './ticket-parts.ts'
import { type ConversationRow, conversationRow, type RowContext, type TicketRow, ticketRow } from './ticket-rows.ts'
import { stampSeen } from './vanished.ts'

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
  const { backend, context, knownMessages, fullRound } = input
  const plan = await planPage(tx, input)
  const { rows: messageRows, delivered } = await messageRowsOf(tx, plan, input)
  const before = await rowsBefore(tx, plan, input)

  // New tickets and conversations come before what points at them. Nobody has messages of them yet but this page.
  const ticketRows = await ticketRowsOf(tx, plan, before, messageRows, input)
  const newTickets = plan.tickets.filter(({ isNew }) => isNew)
  await upsertTickets(
    tx,
    newTickets.map(({ id }) => ticketRows.get(id) as TicketRow),
  )
  const conversationRows = conversationRowsOf(plan, before, ticketRows, messageRows, input)
  const newConversations = plan.conversations.filter((conversation) => !conversation.before)
  await upsertConversations(
    tx,
    newConversations.map(({ id }) => conversationRows.get(id) as ConversationRow),
  )

  await upsertMessages(tx, messageRows)
  await writeMessageParts(tx, backend, plan.messages)
  const idOfNew = new Map(plan.messages.map(({ id, record }) => [record.externalId, id]))
  const { parts, tagged } = await writeTicketParts(tx, {
    changed: plan.tickets,
    ownerOf: (id) => plan.owners.get(id) ?? id,
    keepsTags: ({ id }) => plan.openWrites.fieldsOf(id).has('tags'),
    context,
    messageIdOf: (externalId) => idOfNew.get(externalId) ?? knownMessages.get(externalId)?.id ?? null,
    draftBodies: input.draftBodies,
    keepsDrafts: ({ id }) => plan.openWrites.fieldsOf(id).has('draft'),
    keptDraftTypes: vendorOf(backend).writing.drafts ?? [],
    noteHasDraft: (ticketId, hasDraft) =>
      ticketRows.set(ticketId, { ...(ticketRows.get(ticketId) as TicketRow), hasDraft }),
  })

  // Then those that were there before, once, with their new counters.
  await countConversations(tx, plan, before, conversationRows, input)
  await countTickets(tx, plan, before, ticketRows, input)
  await recountLooks(tx, backend.workspaceId, [...before.countedTickets], arrivalsOf(plan.messages, messageRows))
  await removeEmptied(tx, backend, [
    ...new Set(before.movedMessages.map(({ known }) => known?.conversationId as string)),
  ])
  notePartsOfThread(plan, before, parts)
  const { rewritten, changes, events } = changesOf(ticketRows, before, { parts, tagged }, input)
  await upsertTickets(tx, rewritten)
  changes.push(
    ...(await joinMerged(
      tx,
      backend,
      newTickets.map(({ externalId }) => externalId),
      context.fetchedAt,
    )),
  )
  if (fullRound !== null) await stampSeen(tx, backend.workspaceId, [...plan.ticketIds.values()], fullRound)
  const senders = new Map(messageRows.map((row) => [row.id, row.senderId]))
  for (const { id, ticketId, isNew } of plan.messages) {
    const actorId = isNew ? (senders.get(id) ?? null) : null
    const changedFields = delivered.has(id) ? ['delivery'] : []
    changes.push({ ...change(input, ticketId, isNew ? 'CREATED' : 'UPDATED'), messageId: id, actorId, changedFields })
  }
  if (input.withChanges) {
    await insertChanges(tx, changes)
    await insertEvents(tx, events)
    const withLog = plan.tickets.filter(({ record }) => record.events?.length)
    await giveWayToLog(
      tx,
      backend.workspaceId,
      withLog.map(({ id }) => id),
    )
  }

  return {
    newTickets: newTickets.length,
    changedTickets: rewritten.filter(({ id }) => before.tickets.has(id)).length,
    newMessages: plan.messages.filter(({ isNew }) => isNew).length,
    changedMessages: plan.messages.filter(({ isNew }) => !isNew).length,
  }
}

// ------------------------------------------------------------------ what was there

type Before = {
  /** Whole rows, by id, of all that was there and may be written. */
  tickets: Map<string, TicketRow>
  conversations: Map<string, ConversationRow>
  movedMessages: PlannedMessage[]
  /** Ids of what Postgres has to count, since it has messages that are not of this page. */
  countedTickets: Set<string>
  countedConversations: Set<string>
}

async function rowsBefore(tx: Db, plan: Plan, { backend }: PageInput): Promise<Before> {
  const movedMessages = plan.messages.filter(
    ({ known, conversationId, ticketId }) =>
      known && (known.conversationId !== conversationId || known.ticketId !== ticketId),
  )
  const recounted = new Set([
    ...plan.messages.map(({ ticketId }) => ticketId),
    ...movedMessages.map(({ known }) => known?.ticketId as string),
  ])
  const recountedConversations = new Set([
    ...plan.messages.map(({ conversationId }) => conversationId),
    ...movedMessages.map(({ known }) => known?.conversationId as string),
  ])
  const newTickets = new Set([...plan.ticketIds].filter(([key]) => !plan.known.has(key)).map(([, id]) => id))
  const newConversations = new Set(plan.conversations.filter(({ before }) => !before).map(({ id }) => id))
  const touched = [
    ...plan.tickets.map(({ id }) => id),
    ...plan.conversations.map(({ ticketId }) => ticketId),
    ...recounted,
  ]
  const touchedConversations = [...plan.conversations.map(({ id }) => id), ...recountedConversations]
  const gotMessages = new Set(movedMessages.map(({ ticketId }) => ticketId))
  const gotMoved = new Set(movedMessages.map(({ conversationId }) => conversationId))
  return {
    tickets: await wholeTickets(
      tx,
      backend,
      [...new Set(touched)].filter((id) => !newTickets.has(id)),
    ),
    conversations: await wholeConversations(
      tx,
      backend,
      [...new Set(touchedConversations)].filter((id) => !newConversations.has(id)),
    ),
    movedMessages,
    countedTickets: new Set([...recounted].filter((id) => !newTickets.has(id) || gotMessages.has(id))),
    countedConversations: new Set(
      [...recountedConversations].filter((id) => !newConversations.has(id) || gotMoved.has(id)),
    ),
  }
}

// ------------------------------------------------------------------ rows

/** `delivered`: those that got further on their way, by their ids. */
async function messageRowsOf(
  tx: Db,
  plan: Plan,
  { backend, context }: PageInput,
): Promise<{ rows: MessageRow[]; delivered: Set<string> }> {
  const known = plan.messages.filter(({ isNew }) => !isNew).map(({ id }) => id)
  const kept = await keptOfMessages(tx, backend, known)
  const rows = plan.messages.map((message) => {
    const { id, ticketId, conversationId, hash } = message
    const place = { id, ticketId, conversationId, contentHash: hash }
    return messageRow(message.record, kept.get(id) ?? null, place, message, context, backend.vendor)
  })
  const isOnItsWay = ({ id, delivery }: MessageRow) =>
    kept.has(id) && kept.get(id)?.delivery?.status !== delivery?.status
  return { rows, delivered: new Set(rows.filter(isOnItsWay).map(({ id }) => id)) }
}

async function ticketRowsOf(
  tx: Db,
  plan: Plan,
  before: Before,
  messageRows: MessageRow[],
  { backend, context, fullRound }: PageInput,
): Promise<Map<string, TicketRow>> {
  const messagesOf = Map.groupBy(messageRows, (row) => row.ticketId)
  const rows = new Map(before.tickets)
  for (const { id, record, hash, isNew } of plan.tickets) {
    const known = before.tickets.get(id) ?? null
    const pending = plan.openWrites.fieldsOf(id)
    const told = { ...ticketRow(record, known, id, context), contentHash: hash }
    // Without a hash the next answer counts again, even if it says the same.
    const row = known && pending.size > 0 ? { ...keepingFields(known, told, pending), contentHash: '' } : told
    if (fullRound !== null) row.seenInRound = fullRound
    rows.set(id, isNew ? withCounts(row, countsOf(messagesOf.get(id) ?? []), { record, isNew, news: undefined }) : row)
  }
  await resolveMergeTargets(
    tx,
    backend,
    plan.tickets.map(({ id }) => rows.get(id) as TicketRow),
    plan.ticketIds,
  )
  return rows
}

function conversationRowsOf(
  plan: Plan,
  before: Before,
  ticketRows: Map<string, TicketRow>,
  messageRows: MessageRow[],
  { gathered, context }: PageInput,
): Map<string, ConversationRow> {
  const messagesOf = Map.groupBy(messageRows, (row) => row.conversationId)
  const rows = new Map(before.conversations)
  for (const { id, key, ticketId, originTicketId, hash, before: known } of plan.conversations) {
    const { record, ticketExternalId } = gathered.conversations.get(key) as {
      record: ConversationRecord
      ticketExternalId: string
    }
    const ticket = ticketRows.get(originTicketId ?? ticketId) ?? (plan.known.get(ticketExternalId) as KnownTicket)
    const place = { id, ticketId, originTicketId, ticket }
    const row = conversationRow(record, before.conversations.get(id) ?? null, place, context)
    const counted = known ? row : withConversationCounts(row, conversationCountsOf(messagesOf.get(id) ?? []), record)
    rows.set(id, { ...counted, contentHash: hash })
  }
  return rows
}

// ------------------------------------------------------------------ counting

async function countConversations(
  tx: Db,
  plan: Plan,
  before: Before,
  rows: Map<string, ConversationRow>,
  { backend, gathered }: PageInput,
): Promise<void> {
  const changed = new Map(
    plan.conversations.map(({ id, key }) => [id, gathered.conversations.get(key)?.record ?? null]),
  )
  for (const [key, id] of plan.conversationIds) {
    const { record, ticketExternalId } = gathered.conversations.get(key) ?? {}
    if (!plan.outdated.has(ticketExternalId ?? '')) changed.set(id, record ?? null)
  }
  const counts = await readConversationCounts(tx, backend.workspaceId, [...before.countedConversations])
  for (const [id, count] of counts) {
    rows.set(id, withConversationCounts(rows.get(id) as ConversationRow, count, changed.get(id) ?? null))
  }
  const isWritten = (row: ConversationRow) =>
    before.conversations.has(row.id) || before.countedConversations.has(row.id)
  await upsertConversations(
    tx,
    [...rows.values()].filter((row) => isWritten(row) && !isSame(row, before.conversations.get(row.id))),
  )
}

async function countTickets(
  tx: Db,
  plan: Plan,
  before: Before,
  rows: Map<string, TicketRow>,
  { backend, gathered }: PageInput,
): Promise<void> {
  const recordOf = new Map<string, TicketRecord>()
  for (const [key, record] of gathered.tickets) {
    if (!plan.outdated.has(key)) recordOf.set(plan.ticketIds.get(key) as string, record)
  }
  const news = newsOf(plan.messages)
  for (const [id, counts] of await readTicketCounts(tx, backend.workspaceId, [...before.countedTickets])) {
    const isNew = !before.tickets.has(id)
    rows.set(
      id,
      withCounts(rows.get(id) as TicketRow, counts, { record: recordOf.get(id) ?? null, isNew, news: news.get(id) }),
    )
  }
}

function arrivalsOf(planned: PlannedMessage[], rows: MessageRow[]): Arrivals {
  const arrived = rows.filter((row, index) => planned[index]?.isNew && !row.isDeleted && row.type !== 'SUGGESTED_REPLY')
  const isWritten = ({ direction }: MessageRow) => direction === 'OUTBOUND' || direction === 'INTERNAL'
  return {
    inbound: arrived.filter(({ direction, isInternal }) => direction === 'INBOUND' && !isInternal),
    written: arrived.flatMap((row) =>
      row.senderId !== null && isWritten(row) ? [{ ticketId: row.ticketId, actorId: row.senderId, at: row.at }] : [],
    ),
  }
}

function newsOf(messages: PlannedMessage[]): Map<string, News> {
  const news = new Map<string, News>()
  for (const { ticketId, record, isNew } of messages) {
    if (!isNew || record.isInternal || record.isDeleted) continue
    const known = news.get(ticketId) ?? { hasInbound: false, hasOutbound: false, hasAgentsAnswer: false }
    const isAgents =
      record.direction === 'OUTBOUND' && record.type !== 'SUGGESTED_REPLY' && record.sender?.type === 'AGENT'
    news.set(ticketId, {
      hasInbound: known.hasInbound || record.direction === 'INBOUND',
      hasOutbound: known.hasOutbound || (record.direction === 'OUTBOUND' && record.type !== 'SUGGESTED_REPLY'),
      hasAgentsAnswer: known.hasAgentsAnswer || isAgents,
    })
  }
  return news
}

// ------------------------------------------------------------------ what changed

function notePartsOfThread(plan: Plan, before: Before, parts: ChangedParts) {
  const note = (ticketId: string, field: string) => parts.set(ticketId, (parts.get(ticketId) ?? new Set()).add(field))
  for (const { ticketId } of plan.messages) note(ticketId, 'messages')
  for (const { ticketId } of plan.conversations) note(ticketId, 'conversations')
  for (const { known } of before.movedMessages) note(known?.ticketId as string, 'messages')
}

/**
 * Whoever changes a ticket need not know of these: they raise no version, so that somebody's typing, or what the help desk
 * tells of the past, makes nobody else's change fail. The help desk's own time of change moves with a draft too.
 */
const BESIDE_THE_TICKET = new Set(['draft', 'hasDraft', 'timeline', 'updatedAt'])

/** The rows of tickets that were there and differ now, and what the log says of all. */
function changesOf(
  rows: Map<string, TicketRow>,
  before: Before,
  { parts, tagged }: { parts: ChangedParts; tagged: Map<string, TagChange> },
  input: PageInput,
) {
  const rewritten: TicketRow[] = []
  const changes: Change[] = []
  const events: TicketEvent[] = []
  for (const [id, row] of rows) {
    const old = before.tickets.get(id)
    if (!old) {
      changes.push(change(input, id, 'CREATED', [], row.version))
      if (before.countedTickets.has(id)) rewritten.push(row)
      continue
    }
    const fields = [...new Set([...changedFieldsOf(old, row), ...(parts.get(id) ?? [])])].sort()
    const isBack = old.vanishedAt !== null && row.vanishedAt === null
    if (fields.length > 0 || isBack) {
      const updatedAt = row.vendorUpdatedAt === null ? input.context.fetchedAt : row.updatedAt
      const isOwn = isBack || fields.some((field) => !BESIDE_THE_TICKET.has(field))
      const version = isOwn ? old.version + 1 : null
      rewritten.push({ ...row, version: version ?? old.version, updatedAt })
      changes.push(change(input, id, isBack ? 'CREATED' : 'UPDATED', fields, version))
      const at = row.vendorUpdatedAt ?? input.context.fetchedAt
      events.push(
        ...eventsBetween(old, row, {
          changedFields: fields,
          tagged: tagged.get(id),
          source: 'SYNC',
          at,
          actorId: null,
        }),
      )
    } else if (row.contentHash !== old.contentHash) {
      rewritten.push(row) // only its raw form differs
    }
  }
  return { rewritten, changes, events }
}

function change(
  { backend, context }: PageInput,
  ticketId: string,
  kind: Change['kind'],
  changedFields: string[] = [],
  version: number | null = null,
): Change {
  return {
    workspaceId: backend.workspaceId,
    ticketId,
    messageId: null,
    kind,
    changedFields,
    version,
    source: 'SYNC',
    at: context.fetchedAt,
  }
}

const key = ['workspaceId', 'backendId', 'externalId'] as ['workspaceId', 'backendId', 'externalId']
const conversationKey = [...key, 'ticketId', 'originTicketId'] as [...typeof key, 'ticketId', 'originTicketId']
const keep = ['id'] as ['id']
const upsertTickets = upsertInto(tickets, { key, keep: ['id', 'tagIds'] })
const upsertConversations = upsertInto(conversations, { key: conversationKey, keep })
const upsertMessages = upsertInto(messages, {
  key,
  // Also when one became known as ours only after this page looked.
  keep: ['id', 'deliveryId', 'clientMessageId'],
  where: 'old.content_hash is distinct from excluded.content_hash',
})
