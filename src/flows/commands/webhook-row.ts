/** What commands on webhooks share. */
import { and, eq } from 'drizzle-orm'
import { Webhook } from '#domain/webhooks/graphql.ts'
import { webhookById } from '#domain/webhooks/loaders.ts'
import { tellWebhooksJob } from '#domain/webhooks/replay.ts'
import type { WholeWebhook } from '#domain/webhooks/saver.ts'
import { webhooks } from '#domain/webhooks/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { enqueue } from '#platform/jobs/queue.ts'
import type { Command, Payload } from './outcome.ts'
import { MutationPayload } from './payloads.ts'
import { invalid, missing, type Path } from './problem.ts'

export type SecretPayload = Payload & { secret: string | null }
export const WebhookPayload = builder.objectRef<SecretPayload>('WebhookPayload').implement({
  description: 'What became of a webhook.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    webhook: t.field({
      type: Webhook,
      nullable: true,
      description: 'The webhook as it is now; null when nothing was changed.',
      resolve: ({ webhookId }, _args, context) => (webhookId ? webhookById(context, webhookId) : null),
    }),
    secret: t.exposeString('secret', {
      nullable: true,
      description: 'What signs its requests, `whsec_…`. Shown only right after it was made or rotated.',
    }),
  }),
})

/** The secret goes past the outcome, which is kept where commands are repeated. */
export async function withSecret(run: (tell: (secret: string) => void) => Promise<Payload>): Promise<SecretPayload> {
  let secret: string | null = null
  const payload = await run((made) => {
    secret = made
  })
  return { ...payload, secret: payload.webhookId ? secret : null }
}

export async function lockWebhook({ tx, workspaceId }: Command, nodeId: string, path: Path): Promise<WholeWebhook> {
  const id = idFrom(nodeId, 'Webhook')
  const [row] = id
    ? await tx
        .select()
        .from(webhooks)
        .where(and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, id)))
        .for('no key update')
    : []
  if (!row) throw missing('webhook', nodeId, path)
  return row
}

/** @throws CommandError for one that would not send what it is asked to. */
export function refuseDisabled({ isEnabled }: WholeWebhook, path: Path): void {
  if (!isEnabled) throw invalid(path, 'It is disabled: enable it first.', 'enabled')
}

export function wakeWebhooks({ tx, workspaceId }: Command): Promise<void> {
  return enqueue(tx, tellWebhooksJob, { workspaceId })
}
