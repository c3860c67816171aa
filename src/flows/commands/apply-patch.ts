/** Changes the fields of a ticket here, and promises to its help desk those that it keeps itself. */
import { and, eq, sql } from 'drizzle-orm'
import type { TicketField } from '#connectors/operations.ts'
import type { CustomField } from '#domain/actors/table.ts'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { fieldOfPatchKey, type TicketPatchInOurIds } from '#domain/deliveries/promise.ts'
import { tags } from '#domain/tags/table.ts'
import { isSame } from '#domain/tickets/differences.ts'
import type { TagChange } from '#domain/tickets/events.ts'
import { columnsOfField, type PendingField } from '#domain/tickets/fields.ts'
import { ticketTags, type WholeTicket } from '#domain/tickets/table.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import type { Capability, SupportLevel } from '#vocabulary.ts'
import type { Command } from './outcome.ts'
import { permit } from './permits.ts'
import { CommandError, type Path, unsupportedProblem } from './problem.ts'
import { promise } from './promise.ts'
import type { TicketEdit } from './ticket-edit.ts'

type PatchKey = keyof TicketPatchInOurIds
export const inputNameOf: Partial<Record<PatchKey, string>> = {
  assigneeId: 'assignee',
  requesterId: 'requester',
  tags: 'tagIds',
}
/** These can be taken back. */
const undoable = new Set<PendingField>(['status', 'assignee', 'department', 'tags', 'snoozedUntil'])

export const capabilityOfField = (field: TicketField): Capability =>
  field === 'assignee' || field === 'department'
    ? 'TICKET_ASSIGN'
    : field === 'tags'
      ? 'TICKET_TAGS'
      : field === 'snoozedUntil'
        ? 'TICKET_SNOOZE'
        : 'TICKET_UPDATE'

const actionOfField = (field: TicketField) =>
  field === 'assignee' || field === 'department' ? 'assign' : field === 'tags' ? 'tag' : 'update'

/** @throws CommandError naming every field that the help desk cannot change. */
export async function applyPatch(
  command: Command,
  edit: TicketEdit,
  patch: TicketPatchInOurIds,
  path: Path,
): Promise<void> {
  const wanted = differing(edit, patch)
  if (Object.keys(wanted).length === 0) return
  for (const key of Object.keys(wanted) as PatchKey[]) permit(command, edit, actionOfField(fieldOfPatchKey[key]), path)
  const { writing } = vendorOf(edit.backend)
  // Tags of our own are kept here, whatever the help desk does with its own.
  const isOursOnly = wanted.tags !== undefined && (await areOurs(command, edit, wanted.tags))
  const levelOf = (key: PatchKey): SupportLevel =>
    key === 'tags' && isOursOnly ? 'EMULATED' : writing.ticketFields[fieldOfPatchKey[key]]
  refuseImpossible(edit, wanted, { path, levelOf })

  const earlier = edit.after
  edit.after = { ...earlier, ...columnsOfPatch(earlier, wanted, { now: command.now, writing }) }
  if (wanted.tags) {
    await writeTags(command, edit, wanted.tags)
    edit.alsoChanged.add('tags')
  }
  const keys = Object.keys(wanted) as PatchKey[]
  const fields = [...new Set(keys.map((key) => fieldOfPatchKey[key]))]
  const change = changeOf(earlier, edit.after, fields)
  const tagged = wanted.tags ? { added: wanted.tags.added, removed: wanted.tags.removed } : null
  const taken = fields.filter((field) => undoable.has(field))
  if (taken.length > 0) {
    edit.undo.push({
      kind: 'fields',
      ticketId: edit.before.id,
      fields: taken,
      ...changeOf(earlier, edit.after, taken),
      tags: tagged,
    })
  }

  const promised = Object.fromEntries(keys.filter((key) => levelOf(key) === 'NATIVE').map((key) => [key, wanted[key]]))
  const promisedFields = [...new Set((Object.keys(promised) as PatchKey[]).map((key) => fieldOfPatchKey[key]))]
  if (promisedFields.length === 0) return
  await promise(command, {
    ...{ backendId: edit.before.backendId, ticketId: edit.before.id, operation: 'updateTicket' },
    input: { patch: promised },
    fields: promisedFields,
    before: { kind: 'fields', ...change, tags: tagged },
    lanes: await changingNow(command, [
      ...(wanted.tags?.added ?? []),
      ...(wanted.requesterId ? [wanted.requesterId] : []),
    ]),
  })
}

/**
 * Those tags and contacts that are still being made or changed at the help desk: it has to wait for them. All others are
 * named only, so that one ticket with trouble never holds up every other that gets the same tag.
 */
async function changingNow({ tx, workspaceId }: Command, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await tx.execute<{ id: string }>(sql`
    select named.id from unnest(${sql.param(ids)}::uuid[]) as named(id)
    where exists (
      select from searchable_deliveries
      where workspace_id = ${workspaceId} and state in ('QUEUED', 'SENDING') and lanes && array[named.id]
        and operation in ('createTag', 'updateTag', 'deleteTag', 'createContact', 'updateContact', 'mergeContacts', 'createTicket'))`)
  return rows.map(({ id }) => id)
}

/** What would not change anything is left out. */
function differing({ after }: TicketEdit, patch: TicketPatchInOurIds): TicketPatchInOurIds {
  const current: Record<string, unknown> = { ...after, snoozedUntil: after.snoozedUntil?.toISOString() ?? null }
  const entries = Object.entries(patch).filter(([key, value]) => {
    if (value === undefined) return false
    if (key === 'tags') return patch.tags !== undefined && patch.tags.added.length + patch.tags.removed.length > 0
    if (key === 'rawStatus') return value !== after.statusDetail.raw
    if (key === 'customFields')
      return (patch.customFields ?? []).some((field) => !isSame(customValueOf(after, field.key), field.value))
    return !isSame(current[key] ?? null, value)
  })
  return Object.fromEntries(entries)
}

/** Also those of other help desks that came by a merge: this one knows nothing of them. */
async function areOurs(
  { tx, workspaceId }: Command,
  { backend }: TicketEdit,
  { added, removed }: NonNullable<TicketPatchInOurIds['tags']>,
): Promise<boolean> {
  const [ofHelpDesk] = await tx
    .select({ id: tags.id })
    .from(tags)
    .where(
      and(eq(tags.workspaceId, workspaceId), anyOfIds(tags.id, [...added, ...removed]), eq(tags.backendId, backend.id)),
    )
    .limit(1)
  return !ofHelpDesk
}

function refuseImpossible(
  { backend }: TicketEdit,
  patch: TicketPatchInOurIds,
  { path, levelOf }: { path: Path; levelOf(key: PatchKey): SupportLevel },
): void {
  const { name, writing, capabilities } = vendorOf(backend)
  const problems = (Object.keys(patch) as PatchKey[]).flatMap((key) => {
    const field = fieldOfPatchKey[key]
    const capability = capabilityOfField(field)
    const at = [...path, inputNameOf[key] ?? key]
    if (!canDo(levelOf(key))) {
      const note = canDo(capabilities[capability].level) ? `${name} cannot change this of a ticket.` : undefined
      return [unsupportedProblem(backend, capability, at, note)]
    }
    if (key === 'status' && patch.rawStatus === undefined && !writing.statuses[patch.status as 'NEW']) {
      const known = Object.keys(writing.statuses).join(', ')
      return [
        unsupportedProblem(backend, capability, at, `${name} has no status like ${patch.status}: it knows ${known}.`),
      ]
    }
    return []
  })
  if (problems.length > 0) throw new CommandError(...problems)
}

export function columnsOfPatch(
  earlier: WholeTicket,
  patch: TicketPatchInOurIds,
  { now, writing }: { now: Date; writing: ReturnType<typeof vendorOf>['writing'] },
): Partial<WholeTicket> {
  const { status, rawStatus, snoozedUntil, customFields, tags: _tags, ...plain } = patch
  const columns: Partial<WholeTicket> = { ...(plain as Partial<WholeTicket>) }
  if (patch.priority !== undefined) columns.priorityDetail = null
  if (snoozedUntil !== undefined) columns.snoozedUntil = snoozedUntil === null ? null : new Date(snoozedUntil)
  if (customFields) columns.customFields = withCustomFields(earlier.customFields, customFields)
  if (status !== undefined || rawStatus !== undefined) {
    const words = Object.entries(writing.statuses)
    const meant = rawStatus === undefined ? status : (words.find(([, label]) => label.raw === rawStatus)?.[0] ?? status)
    const next = (meant ?? earlier.status) as WholeTicket['status']
    const label = rawStatus === undefined ? writing.statuses[next] : { raw: rawStatus, label: rawStatus }
    Object.assign(columns, {
      status: next,
      statusDetail: label ?? { raw: next, label: next },
      lastStatusChangedAt: now,
      resolvedAt: next === 'RESOLVED' ? now : null,
      reopenedAt: earlier.status === 'RESOLVED' && next !== 'RESOLVED' ? now : earlier.reopenedAt,
      ...(next !== 'ON_HOLD' && snoozedUntil === undefined && { snoozedUntil: null }),
    })
  }
  return columns
}

export function withCustomFields(known: CustomField[], set: { key: string; value: unknown }[]): CustomField[] {
  const changed = new Map(set.map((field) => [field.key, field.value]))
  const kept = known.map((field) => (changed.has(field.key) ? { ...field, value: changed.get(field.key) } : field))
  const added = set
    .filter(({ key }) => !known.some((field) => field.key === key))
    .map(({ key, value }) => ({ key, label: key, type: typeof value, value }))
  return [...kept, ...added]
}

function customValueOf({ customFields }: WholeTicket, key: string): unknown {
  return customFields.find((field) => field.key === key)?.value ?? null
}

export async function writeTags(
  { tx, workspaceId }: Command,
  { before, tagged }: TicketEdit,
  { added, removed }: TagChange,
): Promise<void> {
  tagged.added.push(...added)
  tagged.removed.push(...removed)
  if (removed.length > 0) {
    await tx
      .delete(ticketTags)
      .where(
        and(
          eq(ticketTags.workspaceId, workspaceId),
          eq(ticketTags.ticketId, before.id),
          anyOfIds(ticketTags.tagId, removed),
        ),
      )
  }
  if (added.length > 0) {
    // One that is being removed just now is waited for, and then left out.
    await tx.execute(sql`
      insert into ticket_tags (workspace_id, ticket_id, tag_id)
      select workspace_id, ${before.id}::uuid, id from tags
      where workspace_id = ${workspaceId} and id = any(${sql.param(added)}::uuid[]) for key share
      on conflict do nothing`)
  }
}

/** The columns of these fields, as they were and as they are. */
export function changeOf(earlier: WholeTicket, later: WholeTicket, fields: PendingField[]) {
  const columns = [...new Set(fields.flatMap((field) => [...columnsOfField[field]]))]
  const changed = columns.filter((column) => !isSame(earlier[column], later[column]))
  const of = (row: WholeTicket) =>
    JSON.parse(JSON.stringify(Object.fromEntries(changed.map((name) => [name, row[name]]))))
  return { before: of(earlier) as Record<string, unknown>, after: of(later) as Record<string, unknown> }
}
