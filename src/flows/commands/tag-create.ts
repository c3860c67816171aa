/** New tags: of a help desk, or of our own for the tickets of all of them. */
import { v7 as uuidv7 } from 'uuid'
import { tags } from '#domain/tags/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { TagPayload } from './payloads.ts'
import { backendFrom } from './references.ts'
import { claimTagName, makeTag, tagColor, tagName } from './tag-naming.ts'

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
    scopes: ['TICKETS_WRITE'],
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
