/** Another name or colour for a tag. */
import { and, eq } from 'drizzle-orm'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import type { Before } from '#domain/deliveries/before.ts'
import { tags } from '#domain/tags/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import type { SupportLevel } from '#vocabulary.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { TagPayload } from './payloads.ts'
import { invalid, type Path, unsupported } from './problem.ts'
import { promise } from './promise.ts'
import { tagFrom } from './references.ts'
import { claimTagName, tagColor, tagName } from './tag-naming.ts'

const TagUpdateInput = builder.inputType('TagUpdateInput', {
  description: 'Which tag, and what to change. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The tag.' }),
    name: t.string({ description: 'Its new word, at most 100 characters.' }),
    color: t.string({ description: 'Its new colour; null: none.' }),
    ...namedByClient(t),
  }),
})

builder.mutationField('tagUpdate', (t) =>
  t.field({
    type: TagPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Changes a tag; tickets keep it.',
    args: { input: t.arg({ type: TagUpdateInput, required: true, description: 'What to change.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'tagUpdate', input, tagUpdate),
  }),
)

type TagRow = typeof tags.$inferSelect

async function tagUpdate(command: Command, input: typeof TagUpdateInput.$inferInput): Promise<Outcome> {
  const { tx, workspaceId } = command
  const tag = await editTag(command, input.id)
  if (input.name === undefined && input.color === undefined)
    throw invalid(['input'], 'Expected a name or a colour, got neither.', 'minProperties=1', 'REQUIRED')
  const name = input.name == null ? tag.name : tagName(input.name, ['input', 'name'])
  const color = input.color === undefined ? tag.color : tagColor(input.color, ['input', 'color'])
  if (name === tag.name && color === tag.color) return { tagId: tag.id }
  if (name !== tag.name)
    await claimTagName(command, { backendId: tag.backendId, name, exceptId: tag.id, path: ['input', 'name'] })
  await tx
    .update(tags)
    .set({ name, color, contentHash: '' })
    .where(and(eq(tags.workspaceId, workspaceId), eq(tags.id, tag.id)))
  if (tag.backendId !== null && tagLevel(command, tag, ['input', 'id']) === 'NATIVE') {
    await promise(command, {
      ...{
        backendId: tag.backendId,
        ticketId: null,
        lanes: [tag.id],
        operation: 'updateTag',
        input: { tagId: tag.id },
      },
      before: tagBefore(tag, []),
    })
  }
  return { tagId: tag.id }
}

/** The tag behind a global id, locked until the end of the command. @throws CommandError also where it cannot be changed */
export async function editTag(command: Command, nodeId: string): Promise<TagRow> {
  const { tx, workspaceId } = command
  const { id } = await tagFrom(command, nodeId, null, ['input', 'id'])
  await tx
    .select({ id: tags.id })
    .from(tags)
    .where(and(eq(tags.workspaceId, workspaceId), eq(tags.id, id)))
    // Not against those who only point at it: they hold their ticket, which a removal waits for.
    .for('no key update')
  // Once more: another command may have been faster.
  const tag = await tagFrom(command, nodeId, null, ['input', 'id'])
  tagLevel(command, tag, ['input', 'id'])
  return tag
}

/** @throws CommandError where the help desk keeps its tags to itself. */
export function tagLevel({ backends }: Command, { backendId }: TagRow, path: Path): SupportLevel {
  const backend = backends.find(({ id }) => id === backendId)
  if (!backend) return 'EMULATED'
  const { name, writing } = vendorOf(backend)
  if (canDo(writing.tags)) return writing.tags
  throw unsupported(backend, 'TICKET_TAGS', path, `${name} does not let its tags be changed.`)
}

export function tagBefore(tag: TagRow, ticketIds: string[]): Before {
  return { kind: 'tag', tag: JSON.parse(JSON.stringify({ ...tag, contentHash: '' })), ticketIds }
}
