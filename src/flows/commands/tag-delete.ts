/** A tag goes, from every ticket that had it. */
import { and, eq, sql } from 'drizzle-orm'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { tags } from '#domain/tags/table.ts'
import { insertEvents } from '#domain/tickets/events.ts'
import { builder } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { concerning, giveUp } from './giving-up.ts'
import { NodeActionInput } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { DeletePayload } from './payloads.ts'
import { promise } from './promise.ts'
import { editTag, tagBefore, tagLevel } from './tag-update.ts'
import { logChanges } from './ticket-edit.ts'

builder.mutationField('tagDelete', (t) =>
  t.field({
    type: DeletePayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Deletes a tag and takes it from every ticket.',
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'Which tag.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'tagDelete', input, tagDelete),
  }),
)

async function tagDelete(command: Command, input: typeof NodeActionInput.$inferInput): Promise<Outcome> {
  const { tx, workspaceId } = command
  const tag = await editTag(command, input.id)
  const level = tagLevel(command, tag, ['input', 'id'])
  const ticketIds = await untag(command, tag.id)
  await tx.delete(tags).where(and(eq(tags.workspaceId, workspaceId), eq(tags.id, tag.id)))
  const { backendId, externalId } = tag
  if (level === 'NATIVE' && backendId !== null && externalId !== null) {
    // Else a new name that finds no tag any more would be refused, and taken back to be a tag again.
    await giveUp(command, concerning(tag.id, 'createTag', 'updateTag'), ['input', 'id'])
    if (isVendorId(externalId)) {
      await promise(command, {
        ...{ backendId, ticketId: null, lanes: [tag.id], operation: 'deleteTag', input: { externalId } },
        before: tagBefore(tag, ticketIds),
      })
    }
  }
  return { deletedId: nodeIdOf('Tag', tag.id) }
}

/** One change of each of its tickets, however many: a statement per step. Says which tickets had it. */
async function untag(command: Command, tagId: string): Promise<string[]> {
  const { tx, workspaceId, viewer, now } = command
  // 1. locked in one order, as commands and pages lock them
  const { rows: tagged } = await tx.execute<{ id: string }>(sql`
    select id from tickets
    where workspace_id = ${workspaceId} and id in (
      select ticket_id from ticket_tags where workspace_id = ${workspaceId} and tag_id = ${tagId})
    order by id for update`)
  if (tagged.length === 0) return []
  const ids = sql`any(${sql.param(tagged.map(({ id }) => id))}::uuid[])`
  // 2. a new version each; without a hash the next answer of the help desk counts
  const { rows } = await tx.execute<{ id: string; backend_id: string; version: number }>(sql`
    update tickets set version = version + 1, updated_at = ${now.toISOString()}, content_hash = ''
    where workspace_id = ${workspaceId} and id = ${ids} returning id, backend_id, version`)
  // 3. a line in the log and an event each; the tag itself takes its places with it
  await logChanges(
    command,
    rows.map(({ id, version }) => ({
      ...{ ticketId: id, messageId: null, kind: 'UPDATED', changedFields: ['tags'], version },
    })),
  )
  const event = { workspaceId, type: 'TAGS_CHANGED', label: 'Tags changed', source: 'COMMAND' } as const
  const by = { at: now, actorId: viewer.actorId }
  const change = { added: [], removed: [tagId] }
  await insertEvents(
    tx,
    rows.map(({ id, backend_id: backendId }) => ({ ...event, ...by, ticketId: id, backendId, tagged: change })),
  )
  return rows.map(({ id }) => id)
}
