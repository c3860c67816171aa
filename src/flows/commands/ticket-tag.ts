/** Tags of many tickets; a tag that is only named is made where it is missing. */
import { builder } from '#platform/graphql/builder.ts'
import { applyPatch } from './apply-patch.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import { eachTicket } from './many-tickets.ts'
import type { Command, Outcome } from './outcome.ts'
import { type TagNodeIds, tagChange, tagIdsFrom, tagIdsOf } from './patch-input.ts'
import { TicketsPayload } from './payloads.ts'
import * as plausible from './plausible.ts'
import { invalid } from './problem.ts'
import { tagNamed } from './tag-naming.ts'

const TicketTagInput = builder.inputType('TicketTagInput', {
  description: 'Which tickets, and which tags.',
  fields: (t) => ({
    ids: t.idList({ required: true, description: 'The tickets, at most 100.' }),
    addTagIds: t.idList({ description: 'Tags to add.' }),
    addTagNames: t.stringList({ description: 'Tags to add by name; made where the help desk has none of this name.' }),
    removeTagIds: t.idList({ description: 'Tags to take away.' }),
    ...namedByClient(t),
  }),
})

builder.mutationField('ticketTag', (t) =>
  t.field({
    type: TicketsPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Adds tags to tickets and takes tags away.',
    args: { input: t.arg({ type: TicketTagInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketTag', input, ticketTag),
  }),
)

async function ticketTag(command: Command, input: typeof TicketTagInput.$inferInput): Promise<Outcome> {
  const { ids, addTagIds, addTagNames, removeTagIds } = input
  if (!addTagIds?.length && !addTagNames?.length && !removeTagIds?.length)
    throw invalid(['input', 'addTagIds'], 'Expected tags to add or to take away, got none.', 'minItems=1', 'REQUIRED')
  return eachTicket(command, ids, async (part, edit, path) => {
    const { id, backendId } = edit.before
    const idsFrom = (nodeIds: TagNodeIds, name: string) => tagIdsFrom(part, nodeIds, backendId, ['input', name])
    const named = await plausible.each(addTagNames ?? [], (name, index) =>
      tagNamed(part, edit.backend, name, ['input', 'addTagNames', index]),
    )
    const add = [...(await idsFrom(addTagIds, 'addTagIds')), ...named]
    const remove = await idsFrom(removeTagIds, 'removeTagIds')
    await applyPatch(part, edit, { tags: tagChange(await tagIdsOf(part, id), { add, remove }) }, path)
  })
}
