/** The drafts of a ticket under change: found, compared, written and removed. Its lock is theirs too. */
import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import { isVendorId, newExternalId } from '#domain/deliveries/external-ids.ts'
import { type DraftContent, partsChangedSince, partsDiffering, versionsWith } from '#domain/drafts/differences.ts'
import { isDraftShownTo, sharedFirst } from '#domain/drafts/loaders.ts'
import { type DraftField, drafts, type WholeDraft } from '#domain/drafts/table.ts'
import { conflict } from '#domain/tickets/conflict.ts'
import { tickets } from '#domain/tickets/table.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { filesOf, idsOf, placeFiles } from './draft-files.ts'
import { promiseDraft } from './draft-promises.ts'
import type { FileRow } from './entry-files.ts'
import type { Command } from './outcome.ts'
import { CommandError, missing, type Path } from './problem.ts'
import { editOf, lockTickets, logChanges, type TicketEdit } from './ticket-edit.ts'

export type DraftType = WholeDraft['type']

/** Those there are for the viewer, in the order that clients see: what they write comes first of its kind. */
export async function draftsOf({ tx, workspaceId, viewer }: Command, ticketId: string): Promise<WholeDraft[]> {
  const rows = await tx
    .select()
    .from(drafts)
    .where(and(eq(drafts.workspaceId, workspaceId), eq(drafts.ticketId, ticketId)))
    .orderBy(...sharedFirst)
  return rows.filter((row) => isDraftShownTo(viewer, row))
}

/** A draft with its ticket. @throws CommandError when there is no such draft for this viewer. */
export async function editDraft(
  command: Command,
  nodeId: string,
  path: Path,
): Promise<{ edit: TicketEdit; draft: WholeDraft }> {
  const { tx, workspaceId } = command
  const id = idFrom(nodeId, 'Draft')
  const isIt = and(eq(drafts.workspaceId, workspaceId), eq(drafts.id, id ?? ''))
  const [seen] = id ? await tx.select({ ticketId: drafts.ticketId }).from(drafts).where(isIt) : []
  const ticket = seen && (await lockTickets(command, [seen.ticketId])).get(seen.ticketId)
  // Whoever had the ticket before may have sent it.
  const [draft] = ticket ? await tx.select().from(drafts).where(isIt) : []
  if (!ticket || !draft || !isDraftShownTo(command.viewer, draft)) throw missing('draft', nodeId, path)
  return { edit: editOf(command, ticket), draft }
}

/** False: only its help desk changes it, and it is shown beside ours. */
export function isWritable(backend: BackendRow, { externalId, type }: Pick<WholeDraft, 'externalId' | 'type'>) {
  return !isVendorId(externalId) || isKeptThere(backend, type)
}

/** Whether the help desk keeps such drafts itself. */
export function isKeptThere(backend: BackendRow, type: DraftType): boolean {
  return vendorOf(backend).writing.drafts?.includes(type) ?? false
}

/** 0 stands for no draft at all. @throws CommandError with a ConflictError when it moved on since `ifVersion`. */
export function checkDraftVersion(
  { before }: TicketEdit,
  draft: WholeDraft | null,
  ifVersion: number | null | undefined,
  path: Path,
): void {
  if (ifVersion == null || ifVersion === (draft?.version ?? 0)) return
  throw draftConflict(before.id, draft, { changedFields: draft ? partsChangedSince(draft, ifVersion) : [], path })
}

export function draftConflict(
  ticketId: string,
  draft: WholeDraft | null,
  { changedFields, path }: { changedFields: DraftField[]; path: Path },
): CommandError {
  const message = draft
    ? `The draft changed meanwhile and has version ${draft.version} now.`
    : 'The draft was sent or deleted meanwhile.'
  const said = { message, path: path.map(String), changedFields, ticketId, draftId: draft?.id ?? null }
  return new CommandError(conflict({ ...said, currentVersion: draft?.version ?? 0 }))
}

// ------------------------------------------------------------------ writing

type NewState = {
  /** What it was; null: nothing is there yet. */
  before: WholeDraft | null
  type: DraftType
  content: DraftContent
  /** The whole set; null: it stays. */
  files: FileRow[] | null
  /** True: it lies beside the shared one. */
  isBeside?: boolean
}

/** Says which draft it is now. What is the same already leaves no trace. */
export async function writeDraft(command: Command, edit: TicketEdit, state: NewState): Promise<string> {
  const { tx, workspaceId, viewer, now } = command
  const { before, type, content, files, isBeside = false } = state
  const own = before && isWritable(edit.backend, before) ? before : null
  const had = own ? await filesOf(command, own.id) : []
  const next = files ?? had
  const parts = own ? partsDiffering(own, content) : ALL_PARTS
  if (own && files && idsOf(files) !== idsOf(had)) parts.push('attachments')
  if (own && parts.length === 0) return own.id
  const id = own?.id ?? uuidv7()
  const isShared =
    !isBeside && (own?.isShared || !(await hasOtherShared(command, edit, { id, type, isOwn: own !== null })))
  const isPromised = isShared && isKeptThere(edit.backend, type)
  const version = (before?.version ?? 0) + 1
  const columns = {
    ...content,
    ...{ isShared, version, fieldVersions: versionsWith(own?.fieldVersions ?? {}, parts, version) },
    hasUnreceivedAttachment: isPromised && next.some(({ fileKey }) => fileKey === null),
    ...{ updatedById: viewer.actorId, updatedAt: now, contentHash: '' },
  }
  if (own) await tx.update(drafts).set(columns).where(isDraft(workspaceId, id))
  else {
    const place = { workspaceId, id, backendId: edit.backend.id, ticketId: edit.before.id, type }
    await tx.insert(drafts).values({ ...place, ...columns, externalId: newExternalId(id), createdAt: now })
  }
  await placeFiles(command, edit, { draftId: id, next, had })
  await noteDrafts(command, edit, true)
  if (isPromised) await promiseDraft(command, edit, id)
  return id
}

const ALL_PARTS: DraftField[] = [
  ...(['subject', 'body', 'contentType', 'emailAddresses', 'quotedText', 'attachments', 'metadata'] as const),
]

const isDraft = (workspaceId: string, id: string) => and(eq(drafts.workspaceId, workspaceId), eq(drafts.id, id))

/** One that only its help desk writes gives way to the first of ours. */
async function hasOtherShared(
  { tx, workspaceId }: Command,
  { before, backend }: TicketEdit,
  { id, type, isOwn }: { id: string; type: DraftType; isOwn: boolean },
): Promise<boolean> {
  const [other] = await tx
    .select({ id: drafts.id, externalId: drafts.externalId, type: drafts.type })
    .from(drafts)
    .where(
      and(
        eq(drafts.workspaceId, workspaceId),
        eq(drafts.ticketId, before.id),
        sql`${drafts.type} = ${type} and ${drafts.isShared} and ${drafts.id} <> ${id}`,
      ),
    )
  if (!other) return false
  if (isOwn || isWritable(backend, other)) return true
  await tx.update(drafts).set({ isShared: false }).where(isDraft(workspaceId, other.id))
  return false
}

/** Its row goes, and with it the files nothing else took over. @returns whether others are left */
export async function removeRow(
  { tx, workspaceId }: Command,
  { before }: TicketEdit,
  { id }: WholeDraft,
): Promise<boolean> {
  await tx.delete(drafts).where(isDraft(workspaceId, id))
  const left = await tx
    .select({ id: drafts.id })
    .from(drafts)
    .where(and(eq(drafts.workspaceId, workspaceId), eq(drafts.ticketId, before.id)))
    .limit(1)
  return left.length > 0
}

/**
 * In the change log and in the ticket's flag. Its version stays: whoever changes the ticket need not know that somebody
 * types.
 */
export async function noteDrafts(command: Command, { before }: TicketEdit, hasDraft: boolean): Promise<void> {
  const { tx, workspaceId } = command
  if (before.hasDraft !== hasDraft)
    await tx
      .update(tickets)
      .set({ hasDraft })
      .where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.id, before.id)))
  const changedFields = before.hasDraft === hasDraft ? ['draft'] : ['draft', 'hasDraft']
  await logChanges(command, [{ ticketId: before.id, messageId: null, kind: 'UPDATED', changedFields, version: null }])
}
