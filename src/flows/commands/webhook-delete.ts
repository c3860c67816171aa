/** Webhooks: deleted, with what is known of their requests. */
import { and, eq } from 'drizzle-orm'
import { forgetJob } from '#domain/webhooks/replay.ts'
import { webhooks } from '#domain/webhooks/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { enqueue } from '#platform/jobs/queue.ts'
import { carryOut } from './command.ts'
import { NodeActionInput } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { DeletePayload } from './payloads.ts'
import { lockWebhook } from './webhook-row.ts'

builder.mutationField('webhookDelete', (t) =>
  t.field({
    type: DeletePayload,
    scopes: ['WEBHOOKS_ADMIN'],
    description: 'Deletes a webhook, and what is known of its requests. What waits is not sent any more.',
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'Which webhook.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'webhookDelete', input, webhookDelete),
  }),
)

async function webhookDelete(command: Command, { id: nodeId }: typeof NodeActionInput.$inferInput): Promise<Outcome> {
  const { tx, workspaceId } = command
  const { id } = await lockWebhook(command, nodeId, ['input', 'id'])
  await tx.delete(webhooks).where(and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, id)))
  await enqueue(tx, forgetJob, { workspaceId, webhookId: id }, { priority: 10 })
  return { deletedId: nodeIdOf('Webhook', id) }
}
