/** A request that says nothing but that it came, to see whether a receiver takes it. */
import { v7 as uuidv7 } from 'uuid'
import { WebhookDelivery } from '#domain/webhooks/graphql.ts'
import { webhookDeliveryById } from '#domain/webhooks/loaders.ts'
import { webhookDeliveries } from '#domain/webhooks/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { NodeActionInput } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { MutationPayload } from './payloads.ts'
import { lockWebhook, refuseDisabled, wakeWebhooks } from './webhook-row.ts'

const WebhookTestPayload = builder.objectRef<Payload>('WebhookTestPayload').implement({
  description: 'A request on its way to a webhook.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    delivery: t.field({
      type: WebhookDelivery,
      nullable: true,
      description: 'The request; ask for it again by `node` to see what became of it. Null when none was written.',
      resolve: ({ webhookDeliveryId }, _args, context) =>
        webhookDeliveryId ? webhookDeliveryById(context, webhookDeliveryId) : null,
    }),
  }),
})

builder.mutationField('webhookTest', (t) =>
  t.field({
    type: WebhookTestPayload,
    scopes: ['WEBHOOKS_ADMIN'],
    description: 'Sends a webhook a request of the event TEST.',
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'Which webhook.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'webhookTest', input, webhookTest),
  }),
)

async function webhookTest(command: Command, input: typeof NodeActionInput.$inferInput): Promise<Outcome> {
  const path = ['input', 'id']
  const webhook = await lockWebhook(command, input.id, path)
  refuseDisabled(webhook, path)
  const { workspaceId, id: webhookId, clusterId, transactionId, position } = webhook
  const id = uuidv7()
  await command.tx.insert(webhookDeliveries).values({
    ...{ workspaceId, id, webhookId, event: 'TEST', subjectId: id, at: command.now },
    ...{ clusterId, transactionId, logPosition: position },
  })
  await wakeWebhooks(command)
  return { webhookDeliveryId: id }
}
