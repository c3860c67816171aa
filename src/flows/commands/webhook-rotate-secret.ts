/** A new signing secret; the one before signs too for a day, so that receivers can change theirs meanwhile. */
import { and, eq } from 'drizzle-orm'
import { hintOf, keptSecret, newSecret } from '#domain/webhooks/secret.ts'
import { webhooks } from '#domain/webhooks/table.ts'
import { builder, type WebhookRules } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { NodeActionInput } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { lockWebhook, WebhookPayload, withSecret } from './webhook-row.ts'

const FORMER_SIGNS_HOURS = 24

builder.mutationField('webhookRotateSecret', (t) =>
  t.field({
    type: WebhookPayload,
    scopes: ['WEBHOOKS_ADMIN'],
    description: `Gives a webhook a new secret. For ${FORMER_SIGNS_HOURS} hours the one before signs too: requests carry both signatures.`,
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'Which webhook.' }) },
    resolve: (_root, { input }, context) =>
      withSecret((tell) =>
        carryOut(context, 'webhookRotateSecret', input, (command, given) =>
          webhookRotateSecret(command, given, { rules: context.webhooks, tell }),
        ),
      ),
  }),
)

async function webhookRotateSecret(
  command: Command,
  input: typeof NodeActionInput.$inferInput,
  { rules, tell }: { rules: WebhookRules; tell(secret: string): void },
): Promise<Outcome> {
  const { tx, workspaceId, now } = command
  const { id, secret: formerSecret } = await lockWebhook(command, input.id, ['input', 'id'])
  const secret = newSecret()
  await tx
    .update(webhooks)
    .set({
      ...{ secret: keptSecret(secret, id, rules.secretKeys), secretHint: hintOf(secret), formerSecret },
      formerSecretUntil: new Date(now.getTime() + FORMER_SIGNS_HOURS * 3_600_000),
    })
    .where(and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, id)))
  tell(secret)
  return { webhookId: id }
}
