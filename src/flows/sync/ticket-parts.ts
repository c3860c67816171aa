/** What hangs on tickets beside conversations: tags, mentions, drafts, the vendor's event log. */
import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { MentionRecord, Misfit } from '#connectors/contract.ts'
import { mentions } from '#domain/mentions/table.ts'
import type { TagChange } from '#domain/tickets/events.ts'
import { ticketEvents } from '#domain/tickets/table.ts'
import { anyOf } from '#platform/db/any-of.ts'
import type { Db } from '#platform/db/client.ts'
import { upsertInto, type WholeRow } from '#platform/db/upsert.ts'
import { writeDrafts } from './draft-parts.ts'
import { onceEach } from './gather.ts'
import { contentHash } from './hash.ts'
import type { ChangedParts, Note, PartsInput } from './parts-input.ts'
import { type RowContext, tagIdsIn } from './ticket-rows.ts'

/** What differs since, and by ticket which tags went on and off. */
export async function writeTicketParts(
  tx: Db,
  input: PartsInput,
): Promise<{ parts: ChangedParts; tagged: Map<string, TagChange> }> {
  const parts: ChangedParts = new Map()
  const note = (ticketId: string, field: string) =>
    parts.set(ticketId, (parts.get(ticketId) ?? new Set<string>()).add(field))
  const tagged = await writeTags(tx, input)
  for (const ticketId of tagged.keys()) note(ticketId, 'tags')
  await writeMentions(tx, input, note)
  await writeDrafts(tx, input, note)
  await writeEvents(tx, input, note)
  return { parts, tagged }
}

/** `tags` present is the whole set. */
async function writeTags(tx: Db, { changed, keepsTags, context }: PartsInput): Promise<Map<string, TagChange>> {
  const { workspaceId, backendId, references } = context
  const told = changed.filter((ticket) => ticket.record.tags && !keepsTags(ticket))
  const tagged = new Map<string, TagChange>()
  const note = (kind: keyof TagChange, rows: { ticket_id: string; tag_id: string }[]) => {
    for (const row of rows) {
      const change = tagged.get(row.ticket_id) ?? { added: [], removed: [] }
      change[kind].push(row.tag_id)
      tagged.set(row.ticket_id, change)
    }
  }
  if (told.length === 0) return tagged
  const wanted = told.flatMap(({ id: ticketId, record }) =>
    tagIdsIn(record, references).map((tagId) => ({ workspaceId, ticketId, tagId })),
  )
  const known = told.filter(({ isNew }) => !isNew).map(({ id }) => id)
  const pairs = sql`unnest(${sql.param(wanted.map((row) => row.ticketId))}::uuid[], ${sql.param(wanted.map((row) => row.tagId))}::uuid[])`
  if (known.length > 0) {
    const { rows: removed } = await tx.execute<{ ticket_id: string; tag_id: string }>(sql`
      delete from ticket_tags old
      where workspace_id = ${workspaceId} and ticket_id = any(${sql.param(known)}::uuid[])
        -- tags of other help desks came by a merge; this one knows nothing of them
        and exists (select from tags where workspace_id = ${workspaceId} and id = old.tag_id and backend_id = ${backendId})
        and not exists (select from ${pairs} as new(ticket_id, tag_id)
          where new.ticket_id = old.ticket_id and new.tag_id = old.tag_id)
      returning ticket_id, tag_id`)
    note('removed', removed)
  }
  const { rows: added } = await tx.execute<{ ticket_id: string; tag_id: string }>(sql`
    insert into ticket_tags (workspace_id, ticket_id, tag_id)
    select ${workspaceId}::uuid, ticket_id, tag_id from ${pairs} as new(ticket_id, tag_id)
    -- removed here while the page was on its way
    where exists (select from tags where workspace_id = ${workspaceId} and id = new.tag_id for key share)
    on conflict do nothing
    returning ticket_id, tag_id`)
  note('added', added)
  // Of a new ticket whose tag is gone already, the row says too much.
  const short = told.filter(({ id, isNew, record }) => {
    const addedCount = tagged.get(id)?.added.length ?? 0
    return isNew && addedCount < tagIdsIn(record, references).length
  })
  if (short.length > 0) {
    const ids = short.map(({ id }) => id)
    await tx.execute(sql`select ticket_tags_gather(${workspaceId}::uuid, ${sql.param(ids)}::uuid[])`)
  }
  return tagged
}

async function writeMentions(tx: Db, { changed, ownerOf, context, messageIdOf }: PartsInput, note: Note) {
  const { workspaceId, backendId, references, fetchedAt, misfits } = context
  const all = changed.flatMap(({ id, record }) =>
    onceEach(record.mentions ?? []).map((mention) => ({ ticketId: id, mention })),
  )
  if (all.length === 0) return
  const placed = all.flatMap(({ ticketId, mention }) => {
    const messageId = messageIdOf(mention.messageExternalId)
    if (messageId === null) misfits.push(strayMention(mention))
    return messageId === null ? [] : [{ ticketId, mention, messageId, agentId: references.actorId(mention.agent) }]
  })
  await bindOwnMentions(tx, context, placed)
  const known = await knownMentions(
    tx,
    context,
    placed.map(({ mention }) => mention.externalId),
  )
  const rows: Omit<WholeRow<typeof mentions>, 'notedIn' | 'position'>[] = []
  for (const { ticketId, mention, messageId, agentId } of placed) {
    const before = known.get(mention.externalId)
    const hash = contentHash(mention, ticketId)
    if (before?.contentHash === hash) continue
    note(ticketId, 'mentions')
    rows.push({
      ...{ workspaceId, id: uuidv7(), backendId, ticketId: ownerOf(ticketId), messageId, agentId },
      externalId: mention.externalId,
      mentionedById: mention.mentionedBy ? references.actorId(mention.mentionedBy) : null,
      // Read here stays read: not every help desk can be told, and none forgets it.
      isRead: mention.isRead || (before?.isRead ?? false),
      readAt: mention.readAt ?? before?.readAt ?? null,
      ...{ createdAt: mention.createdAt ?? fetchedAt, contentHash: hash },
    })
  }
  await upsertMentions(tx, rows)
}

type PlacedMention = { mention: MentionRecord; messageId: string; agentId: string }

/** A mention of a note written here has no id of the vendor yet: it is told by whom it calls in which note. */
async function bindOwnMentions(tx: Db, { workspaceId, backendId }: RowContext, placed: PlacedMention[]): Promise<void> {
  if (placed.length === 0) return
  const columns = [
    sql`${sql.param(placed.map(({ messageId }) => messageId))}::uuid[]`,
    sql`${sql.param(placed.map(({ agentId }) => agentId))}::uuid[]`,
    sql`${sql.param(placed.map(({ mention }) => mention.externalId))}::text[]`,
  ]
  await tx.execute(sql`
    update mentions own set external_id = new.external_id, content_hash = ''
    from unnest(${sql.join(columns, sql`, `)}) as new(message_id, agent_id, external_id)
    where own.workspace_id = ${workspaceId} and own.message_id = new.message_id and own.agent_id = new.agent_id
      and own.external_id like 'deskgraph:%'
      and not exists (
        select from mentions other
        where other.workspace_id = own.workspace_id and other.backend_id = ${backendId}
          and other.external_id = new.external_id)`)
}

function strayMention({ externalId, messageExternalId }: MentionRecord): Misfit {
  const problem = `a mention in message ${messageExternalId}, which is not known`
  return { kind: 'unmapped', subject: 'mention', externalId, field: 'message', problem, raw: messageExternalId }
}

async function writeEvents(tx: Db, { changed, context }: PartsInput, note: Note) {
  const { workspaceId, backendId, references, fetchedAt } = context
  const rows: WholeRow<typeof ticketEvents>[] = changed.flatMap(({ id: ticketId, record }) =>
    onceEach(record.events ?? []).map((event) => ({
      ...{ workspaceId, id: uuidv7(), backendId, ticketId, externalId: event.externalId, kind: event.kind },
      ...{ type: event.type ?? 'OTHER', sequence: 0, change: null },
      at: event.at ?? record.createdAt ?? fetchedAt,
      actorId: event.actor ? references.actorId(event.actor) : null,
      ...{ label: event.label, detail: event.detail ?? null, contentHash: contentHash(event) },
    })),
  )
  const count = await upsertEvents(tx, rows)
  if (count > 0) for (const { id, record } of changed) if (record.events?.length) note(id, 'timeline')
}

async function knownMentions(tx: Db, { workspaceId, backendId }: RowContext, externalIds: string[]) {
  if (externalIds.length === 0) return new Map<string, never>()
  const { externalId, contentHash: hash, isRead, readAt } = mentions
  const rows = await tx
    .select({ externalId, contentHash: hash, isRead, readAt })
    .from(mentions)
    .where(
      and(eq(mentions.workspaceId, workspaceId), eq(mentions.backendId, backendId), anyOf(externalId, externalIds)),
    )
  return new Map(rows.map((row) => [row.externalId, row]))
}

const keep = ['id'] as ['id']
const where = 'old.content_hash is distinct from excluded.content_hash'
const upsertMentions = upsertInto(mentions, {
  ...{ key: ['workspaceId', 'backendId', 'externalId'], keep, where },
  omit: ['notedIn', 'position'],
})
const upsertEvents = upsertInto(ticketEvents, {
  key: ['workspaceId', 'backendId', 'ticketId', 'externalId'],
  // Told by us, see `giveWayToLog`.
  keep: ['id', 'change'],
  where,
})
