/** What a vendor says of the drafts of its tickets. What was written here and not taken by it is nobody's but ours. */
import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { DraftRecord, TicketRecord } from '#connectors/contract.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { changedPartsOf, versionsWith } from '#domain/drafts/differences.ts'
import { type DraftField, drafts, type WholeDraft } from '#domain/drafts/table.ts'
import { anyOf, anyOfIds } from '#platform/db/any-of.ts'
import type { Db } from '#platform/db/client.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import { onceEach } from './gather.ts'
import { contentHash } from './hash.ts'
import { writeAttachments } from './message-parts.ts'
import type { Note, PartsInput } from './parts-input.ts'

/** `drafts` present is the vendor's whole set: its others are deleted. */
export async function writeDrafts(tx: Db, input: PartsInput, note: Note): Promise<void> {
  const { changed, context, keepsDrafts, noteHasDraft } = input
  const { workspaceId, fetchedAt } = context
  const looked = changed.filter((ticket) => setOf(ticket.record) || !ticket.isNew)
  if (looked.length === 0) return
  const known = await draftsOf(
    tx,
    workspaceId,
    looked.map(({ id }) => id),
  )
  const told = looked.filter((ticket) => setOf(ticket.record) && !keepsDrafts(ticket))
  const isTold = new Set(told.map(({ id }) => id))
  // What it took from here after it was asked is not in its answer.
  const theirs = known.filter((row) => isTold.has(row.ticketId) && isVendorId(row.externalId))
  const settled = theirs.filter(({ deliveredAt }) => deliveredAt === null || deliveredAt < fetchedAt)
  const fixed = new Set(theirs.filter((row) => !settled.includes(row)).map(({ externalId }) => externalId))

  const all = told.flatMap(({ id, record }) =>
    onceEach(setOf(record) ?? []).flatMap((draft) =>
      fixed.has(draft.externalId) ? [] : [{ ticketId: id, draft, before: knownAs(settled, draft) }],
    ),
  )
  const kept = new Set(all.map(({ draft }) => draft.externalId))
  const gone = settled.filter(({ externalId }) => !kept.has(externalId))
  await removeDrafts(tx, workspaceId, gone)
  for (const { ticketId } of gone) note(ticketId, 'draft')
  const left = known.filter((row) => !gone.includes(row))
  const made = await putDrafts(tx, input, { all, known: left }, note)
  const withDraft = new Set([...left, ...made].map(({ ticketId }) => ticketId))
  for (const { id } of looked) noteHasDraft(id, withDraft.has(id))
}

type Told = { ticketId: string; draft: DraftRecord; before: WholeDraft | null }

/** A vendor that says there is none has said everything. */
function setOf({ drafts: told, hasDraft }: TicketRecord): DraftRecord[] | undefined {
  return told ?? (hasDraft === false ? [] : undefined)
}

function knownAs(rows: WholeDraft[], { externalId }: DraftRecord): WholeDraft | null {
  return rows.find((row) => row.externalId === externalId) ?? null
}

function draftsOf(tx: Db, workspaceId: string, ticketIds: string[]): Promise<WholeDraft[]> {
  return tx
    .select()
    .from(drafts)
    .where(and(eq(drafts.workspaceId, workspaceId), anyOf(drafts.ticketId, ticketIds)))
}

async function removeDrafts(tx: Db, workspaceId: string, gone: WholeDraft[]): Promise<void> {
  if (gone.length === 0) return
  const ids = gone.map(({ id }) => id)
  await tx.delete(drafts).where(and(eq(drafts.workspaceId, workspaceId), anyOfIds(drafts.id, ids)))
}

/** Those that are new or say something else; what comes back as it was sent from here is no change. */
async function putDrafts(
  tx: Db,
  input: PartsInput,
  { all, known }: { all: Told[]; known: WholeDraft[] },
  note: Note,
): Promise<WholeDraft[]> {
  const { workspaceId, backendId } = input.context
  const changed = all.flatMap((told) => {
    const hash = contentHash(told.draft, told.ticketId)
    return told.before?.contentHash === hash ? [] : [{ ...told, hash }]
  })
  if (changed.length === 0) return []
  const files = await fileNamesOf(tx, input.context.workspaceId, changed)
  const rows = changed.map((told) => {
    const row = draftRow(told, input)
    const { before, draft, ticketId } = told
    if (!before) {
      note(ticketId, 'draft')
      return row
    }
    const parts = changedPartsOf(before, row)
    if (draft.attachments && !hasSameFiles(files.get(before.id) ?? [], draft)) parts.push('attachments')
    // Without a hash it was written here last.
    const isEcho = before.contentHash === '' && parts.every((part) => part === 'contentType' || part === 'metadata')
    if (isEcho) return { ...before, contentHash: told.hash, savedThereAt: row.savedThereAt }
    if (parts.length === 0 && row.bodyHtmlClean === before.bodyHtmlClean)
      return { ...row, version: before.version, fieldVersions: before.fieldVersions }
    note(ticketId, 'draft')
    const version = before.version + 1
    return { ...row, version, fieldVersions: versionsWith(before.fieldVersions, parts, version) }
  })
  await giveWay(tx, workspaceId, rows, known)
  await upsertDrafts(tx, rows)
  const ids = new Map(rows.map((row) => [row.externalId, row.id]))
  const sets = changed.flatMap(({ draft, before, ticketId }) =>
    draft.attachments
      ? [
          {
            ...{ ticketId, messageId: null, draftId: ids.get(draft.externalId) as string },
            ...{ isNew: !before, records: draft.attachments },
          },
        ]
      : [],
  )
  await writeAttachments(tx, { workspaceId, id: backendId }, sets)
  return rows
}

/** What clients write is the vendor's, where it keeps that kind: one of ours that it never took lies beside it then. */
async function giveWay(tx: Db, workspaceId: string, rows: WholeDraft[], known: WholeDraft[]): Promise<void> {
  const giving = known.filter((own) =>
    rows.some(
      ({ id, ticketId, type, isShared }) =>
        own.isShared && isShared && own.ticketId === ticketId && own.type === type && own.id !== id,
    ),
  )
  if (giving.length === 0) return
  const ids = giving.map(({ id }) => id)
  await tx
    .update(drafts)
    .set({ isShared: false })
    .where(and(eq(drafts.workspaceId, workspaceId), anyOfIds(drafts.id, ids)))
}

const FIRST_VERSION: Record<DraftField, number> = {
  ...{ subject: 1, body: 1, contentType: 1, emailAddresses: 1, quotedText: 1, attachments: 1, metadata: 1 },
}

function draftRow(
  { ticketId, draft, before, hash }: Told & { hash: string },
  { context, draftBodies, keptDraftTypes }: PartsInput,
): WholeDraft {
  const { workspaceId, backendId, references, fetchedAt } = context
  const body = draftBodies.get(draft.externalId)
  return {
    ...{ workspaceId, id: before?.id ?? uuidv7(), backendId, ticketId, externalId: draft.externalId },
    ...{ type: draft.type, isShared: before?.isShared ?? keptDraftTypes.includes(draft.type) },
    ...{ version: 1, fieldVersions: FIRST_VERSION, subject: draft.subject ?? null, contentType: draft.contentType },
    ...{ bodyText: body?.bodyText ?? '', bodyHtml: body?.bodyHtml ?? null, bodyHtmlClean: body?.bodyHtmlClean ?? null },
    ...{ cleanedBy: body?.cleanedBy ?? null, quotedText: draft.quotedText ?? null },
    ...{ bodyMarkdown: body?.bodyMarkdown ?? null, bodyEditorjs: body?.bodyEditorjs ?? null },
    addresses: (draft.addresses ?? []).map(({ email, name = null, direction }) => ({ email, name, direction })),
    hasUnreceivedAttachment: draft.hasUnreceivedAttachment ?? false,
    metadata: draft.metadata ?? null,
    updatedById: draft.updatedBy ? references.actorId(draft.updatedBy) : null,
    createdAt: before?.createdAt ?? draft.createdAt ?? draft.updatedAt ?? fetchedAt,
    updatedAt: draft.updatedAt ?? fetchedAt,
    ...{ deliveredAt: null, savedThereAt: draft.updatedAt ?? null, contentHash: hash, raw: null },
  }
}

async function fileNamesOf(tx: Db, workspaceId: string, changed: Told[]): Promise<Map<string, string[]>> {
  const ids = changed.flatMap(({ before }) => (before ? [before.id] : []))
  if (ids.length === 0) return new Map()
  const { rows } = await tx.execute<{ draftId: string; names: string[] }>(sql`
    select draft_id as "draftId", array_agg(name order by name) as names from attachments
    where workspace_id = ${workspaceId} and draft_id = any(${sql.param(ids)}::uuid[]) group by draft_id`)
  return new Map(rows.map(({ draftId, names }) => [draftId, names]))
}

function hasSameFiles(names: string[], { attachments = [] }: DraftRecord): boolean {
  const told = attachments.map(({ name }) => name).sort()
  return told.length === names.length && [...names].sort().every((name, index) => name === told[index])
}

const upsertDrafts = upsertInto(drafts, { key: ['workspaceId', 'backendId', 'externalId'], keep: ['id'] })
