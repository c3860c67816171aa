/** Views of our own: deleted. Its tickets stay as they are. */
import { and, eq } from 'drizzle-orm'
import { savedViews } from '#domain/views/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { NodeActionInput } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { DeletePayload } from './payloads.ts'
import { lockOwnView } from './view-save.ts'

builder.mutationField('viewDelete', (t) =>
  t.field({
    type: DeletePayload,
    scopes: ['VIEWS_WRITE'],
    description: 'Deletes a view that the viewer saved; its tickets stay.',
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'Which view.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'viewDelete', input, viewDelete),
  }),
)

async function viewDelete(command: Command, { id: nodeId }: typeof NodeActionInput.$inferInput): Promise<Outcome> {
  const { id } = await lockOwnView(command, nodeId, ['input', 'id'])
  await command.tx.delete(savedViews).where(and(eq(savedViews.workspaceId, command.workspaceId), eq(savedViews.id, id)))
  return { deletedId: nodeIdOf('View', id) }
}
