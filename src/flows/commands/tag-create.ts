/** New tags: of a help desk, or of our own for the tickets of all of them. */
import { v7 as uuidv7 } from 'uuid'
import { Tag } from '#domain/tags/graphql.ts'
import { tagById } from '#domain/tags/loaders.ts'
import { tags } from '#domain/tags/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { deliveriesPart, MutationPayload, namedByClient } from './payloads.ts'
import { invalid, type Path } from './problem.ts'
import { backendFrom } from './references.ts'
import { lockTagName, makeTag, tagColor, tagName, tagOfName } from './tag-naming.ts'

export const TagPayload = builder.objectRef<Payload>('TagPayload').implement({
  description: 'What became of a tag.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    tag: t.field({
      type: Tag,
      nullable: true,
      description: 'The tag as it is now; null when nothing was changed.',
      resolve: ({ tagId }, _args, context) => (tagId ? tagById(context, tagId) : null),
    }),
    ...deliveriesPart(t),
  }),
})

const TagCreateInput = builder.inputType('TagCreateInput', {
  description: 'A new tag.',
  fields: (t) => ({
    backendId: t.id({
      description:
        'The help desk it is for. Left out: one of our own, which tickets of every help desk can have; none of them is told.',
    }),
    name: t.string({ required: true, description: 'The word, at most 100 characters; case does not tell two apart.' }),
    color: t.string({ description: 'Its colour, as the help desk writes it.' }),
    ...namedByClient(t),
  }),
})

builder.mutationField('tagCreate', (t) =>
  t.field({
    type: TagPayload,
    description: 'Makes a tag.',
    args: { input: t.arg({ type: TagCreateInput, required: true, description: 'What to make.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'tagCreate', input, tagCreate),
  }),
)

async function tagCreate(command: Command, input: typeof TagCreateInput.$inferInput): Promise<Outcome> {
  const backend = input.backendId == null ? null : backendFrom(command, input.backendId, ['input', 'backendId'])
  const name = tagName(input.name, ['input', 'name'])
  const color = tagColor(input.color, ['input', 'color'])
  await claimTagName(command, { backendId: backend?.id ?? null, name, path: ['input', 'name'] })
  if (backend) return { tagId: await makeTag(command, backend, { name, color }, ['input', 'backendId']) }
  const { tx, workspaceId, now } = command
  const id = uuidv7()
  await tx.insert(tags).values({ workspaceId, id, backendId: null, externalId: null, name, color, createdAt: now })
  return { tagId: id }
}

/** `exceptId`: the tag that is to have the name. @throws CommandError when another one has it. */
export async function claimTagName(
  command: Command,
  { backendId, name, exceptId, path }: { backendId: string | null; name: string; exceptId?: string; path: Path },
): Promise<void> {
  await lockTagName(command, backendId, name)
  const known = await tagOfName(command, backendId, name)
  if (known !== null && known !== exceptId)
    throw invalid(path, `Expected a name that no tag has yet, got ${JSON.stringify(name)}.`, 'unique')
}
