/** One ticket under change: locked, compared, written once with a new version and a line in the change log. */
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { AuditedChange } from '#domain/audit/record.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { type Change, insertChanges } from '#domain/changes/log.ts'
import { changes } from '#domain/changes/table.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { conflict } from '#domain/tickets/conflict.ts'
import { changedFieldsOf } from '#domain/tickets/differences.ts'
import { eventsBetween, insertEvents, type TagChange } from '#domain/tickets/events.ts'
import { tickets, type WholeTicket } from '#domain/tickets/table.ts'
import { upsertTickets } from '#domain/tickets/writing.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { changeOf, plainValues } from './audit.ts'
import type { Command } from './outcome.ts'
import { CommandError, missing, type Path } from './problem.ts'
import type { UndoStep } from './undo-steps.ts'

export type TicketEdit = {
  before: WholeTicket
  /** As it will be; commands replace it. */
  after: WholeTicket
  backend: BackendRow
  /** Being made by this very command. */
  isNew: boolean
  /** Graph fields that changed beside columns: `tags`, `messages`, … */
  alsoChanged: Set<string>
  /** Which tags went on and off. */
  tagged: TagChange
  undo: UndoStep[]
}

/** The ticket behind a global id, locked until the end of the command. @throws CommandError when there is none. */
export async function editTicket(command: Command, nodeId: string, path: Path): Promise<TicketEdit> {
  const id = idFrom(nodeId, 'Ticket')
  const row = id === null ? undefined : (await lockTickets(command, [id])).get(id)
  if (!row) throw missing('ticket', nodeId, path)
  return editOf(command, row)
}

/**
 * Locked in one order, whatever the order asked, so that two commands never wait for each other. Of a customer only their
 * own: those of others look like missing ones.
 */
export async function lockTickets(
  { tx, workspaceId, viewer }: Command,
  ids: readonly string[],
): Promise<Map<string, WholeTicket>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .select()
    .from(tickets)
    .where(
      and(
        eq(tickets.workspaceId, workspaceId),
        anyOfIds(tickets.id, [...new Set(ids)]),
        viewer.role === 'CONTACT' ? sql`${tickets.requesterId} = ${viewer.actorId}` : undefined,
      ),
    )
    .orderBy(asc(tickets.id))
    .for('update')
  return new Map(rows.map((row) => [row.id, row]))
}

export function editOf({ backends }: Command, row: WholeTicket): TicketEdit {
  const backend = backends.find(({ id }) => id === row.backendId)
  if (!backend) throw new Error(`backend ${row.backendId} is missing`)
  return newEdit(row, backend)
}

export function newEdit(row: WholeTicket, backend: BackendRow, isNew = false): TicketEdit {
  return {
    before: row,
    after: row,
    backend,
    isNew,
    alsoChanged: new Set(),
    tagged: { added: [], removed: [] },
    undo: [],
  }
}

/** False for a ticket made here that its help desk has not taken yet: it can be changed, the vendor gets it later. */
export function isAtVendor({ externalId }: WholeTicket): boolean {
  return isVendorId(externalId)
}

// ------------------------------------------------------------------ versions

/** @throws CommandError with a ConflictError when the ticket moved on since `ifVersion`. */
export function checkVersion({ before }: TicketEdit, ifVersion: number | null | undefined, path: Path): void {
  if (ifVersion == null || ifVersion === before.version) return
  throw conflictOf(before, [], path)
}

/**
 * As `checkVersion`, but lets pass what does not touch the same fields: to be called when `after` is complete.
 * @throws CommandError
 */
export async function checkVersionByField(
  command: Command,
  edit: TicketEdit,
  { ifVersion, isMerging, path }: { ifVersion: number | null | undefined; isMerging: boolean; path: Path },
): Promise<void> {
  const { before } = edit
  if (ifVersion == null || ifVersion === before.version) return
  const since = await changedSince(command, before, ifVersion)
  const mine = fieldsOf(edit)
  if (isMerging && since && !mine.some((field) => since.includes(field))) return
  throw conflictOf(before, since ?? [], path)
}

/** Null when the log does not reach back, or the client is ahead of us. */
async function changedSince(
  { tx, workspaceId }: Command,
  { id, version }: WholeTicket,
  ifVersion: number,
): Promise<string[] | null> {
  if (ifVersion > version) return null
  const lines = await tx
    .select({ fields: changes.changedFields, version: changes.version })
    .from(changes)
    .where(and(eq(changes.workspaceId, workspaceId), eq(changes.ticketId, id), gt(changes.version, ifVersion)))
  const versions = new Set(lines.map((line) => line.version))
  if (versions.size < version - ifVersion) return null
  return [...new Set(lines.flatMap(({ fields }) => fields))].sort()
}

function conflictOf(ticket: WholeTicket, changedFields: string[], path: Path): CommandError {
  const message = `The ticket changed meanwhile and has version ${ticket.version} now.`
  return new CommandError(
    conflict({ message, path: path.map(String), currentVersion: ticket.version, changedFields, ticketId: ticket.id }),
  )
}

// ------------------------------------------------------------------ saving

function fieldsOf({ before, after, alsoChanged }: TicketEdit): string[] {
  return [...new Set([...changedFieldsOf(before, after), ...alsoChanged])].sort()
}

/** Writes what differs; a change that changes nothing leaves no trace. Says which graph fields changed. */
export async function saveTicket(command: Command, edit: TicketEdit): Promise<string[]> {
  const changedFields = fieldsOf(edit)
  if (changedFields.length === 0) return []
  const version = edit.before.version + 1
  // Without a hash the next answer of the vendor counts, even if it says what it said before.
  const row = { ...edit.after, version, updatedAt: command.now, contentHash: '' }
  await upsertTickets(command.tx, [row])
  const line = { ticketId: row.id, messageId: null, kind: 'UPDATED' as const, changedFields, version }
  await logChanges(command, [line], plainValues(edit.before, row, changedFields))
  const by = { source: 'COMMAND', at: command.now, actorId: command.viewer.actorId } as const
  await insertEvents(command.tx, eventsBetween(edit.before, row, { changedFields, tagged: edit.tagged, ...by }))
  edit.after = row
  return changedFields
}

export async function insertTicket(command: Command, row: WholeTicket): Promise<void> {
  await upsertTickets(command.tx, [row])
  const line = { ticketId: row.id, messageId: null, kind: 'CREATED' as const, changedFields: [] }
  await logChanges(command, [{ ...line, version: row.version }])
}

/** After its messages were added: still the first version. */
export async function rewriteNewTicket(command: Command, edit: TicketEdit): Promise<void> {
  await upsertTickets(command.tx, [edit.after])
}

type Line = Pick<Change, 'ticketId' | 'messageId' | 'kind' | 'changedFields' | 'version'>
/** Of what a command changes there is a line for clients that follow, and one for those who audit: these with `values`. */
export async function logChanges(
  command: Command,
  lines: readonly Line[],
  values?: AuditedChange['values'],
): Promise<void> {
  const { tx, workspaceId, viewer, clientMutationId, now, audited } = command
  audited.push(...lines.map((line) => changeOf(line, values)))
  const { actorId, tokenName } = viewer
  const by = { workspaceId, source: 'COMMAND', actorId, tokenName, clientMutationId, at: now } as const
  await insertChanges(
    tx,
    lines.map((line) => ({ ...line, ...by })),
  )
}
