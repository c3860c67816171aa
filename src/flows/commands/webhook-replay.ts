/** What a webhook was told, sent again: given requests at once, all since a place in the log as a job. */
import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { isBefore } from '#domain/changes/event-cursor.ts'
import { linesAfter } from '#domain/changes/feed.ts'
import { jobs } from '#domain/jobs/table.ts'
import { countLines, replayJob, sentAgain } from '#domain/webhooks/replay.ts'
import type { WholeWebhook } from '#domain/webhooks/saver.ts'
import { webhookDeliveries } from '#domain/webhooks/table.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import { builder, type EventPlace } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { enqueue } from '#platform/jobs/queue.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import { JobPayload } from './job-cancel.ts'
import type { Command, Outcome } from './outcome.ts'
import * as plausible from './plausible.ts'
import { invalid, missing } from './problem.ts'
import { lockWebhook, refuseDisabled, wakeWebhooks } from './webhook-row.ts'

const MOST_DELIVERIES = 100

const WebhookReplayInput = builder.inputType('WebhookReplayInput', {
  description: 'What to send again: either `deliveryIds` or `from`.',
  fields: (t) => ({
    webhookId: t.id({ required: true, description: 'To which webhook.' }),
    deliveryIds: t.idList({ description: `Requests it was sent, at most ${MOST_DELIVERIES}.` }),
    from: t.field({
      type: 'EventCursor',
      description:
        'All that happened behind this place in the log, also what it was never told: by what it listens to now.',
    }),
    ...namedByClient(t),
  }),
})
type Input = typeof WebhookReplayInput.$inferInput

builder.mutationField('webhookReplay', (t) =>
  t.field({
    type: JobPayload,
    scopes: ['WEBHOOKS_ADMIN'],
    description:
      'Sends a webhook again what it was told before. Each request keeps its `webhook-id`, and says what is true now.',
    args: { input: t.arg({ type: WebhookReplayInput, required: true, description: 'What to send.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'webhookReplay', input, webhookReplay),
  }),
)

async function webhookReplay(command: Command, input: Input): Promise<Outcome> {
  const { webhookId: nodeId, deliveryIds, from } = input
  const path = ['input', 'webhookId']
  const webhook = await lockWebhook(command, nodeId, path)
  refuseDisabled(webhook, path)
  if ((deliveryIds == null) === (from == null))
    throw invalid(['input'], 'Expected either deliveryIds or from.', 'oneOf')
  const jobId = from ? await replayFrom(command, webhook, from) : await replayThese(command, webhook, deliveryIds ?? [])
  return { jobId, webhookId: webhook.id }
}

async function replayThese(command: Command, webhook: WholeWebhook, nodeIds: readonly string[]): Promise<string> {
  const { tx, workspaceId, now } = command
  const path = ['input', 'deliveryIds']
  const wanted = plausible.listOf(nodeIds, path, MOST_DELIVERIES)
  const ids = await plausible.each(wanted, async (nodeId, index) => {
    const id = idFrom(nodeId, 'WebhookDelivery')
    if (!id) throw missing('request of a webhook', nodeId, [...path, index])
    return id
  })
  const isMeant = and(
    ...[eq(webhookDeliveries.workspaceId, workspaceId), eq(webhookDeliveries.webhookId, webhook.id)],
    anyOfIds(webhookDeliveries.id, ids),
  )
  const there = await tx.select({ id: webhookDeliveries.id }).from(webhookDeliveries).where(isMeant)
  await plausible.each(ids, async (id, index) => {
    if (!there.some((row) => row.id === id))
      throw missing('request of a webhook', wanted[index] as string, [...path, index])
  })
  await tx.execute(sql`update webhook_deliveries set ${sentAgain} where ${isMeant}`)
  await wakeWebhooks(command)
  const done = { state: 'SUCCEEDED', total: ids.length, processed: ids.length, finishedAt: now } as const
  return addJob(command, { ...done, input: {} })
}

async function replayFrom(command: Command, webhook: WholeWebhook, from: EventPlace): Promise<string> {
  const { tx, workspaceId, viewer } = command
  const { clusterId, transactionId, position } = webhook
  const until = { clusterId, transactionId, position }
  const { gap } = await linesAfter({ db: tx, workspaceId, viewer }, from, {
    ...{ size: 0, kinds: { tickets: true, messages: true } },
  })
  if (gap) {
    const message = 'The log no longer reaches back to this place: read everything anew, and go on from its end.'
    throw invalid(['input', 'from'], message, 'inLog')
  }
  // What lies behind its own place it is told anyway.
  const after = isBefore(from, until) ? from : until
  const total = await countLines(tx, workspaceId, { after, until })
  const jobId = await addJob(command, { total, input: { webhookId: webhook.id, after, until } })
  await enqueue(tx, replayJob, { workspaceId, jobId }, { jobKey: `replay ${jobId}`, priority: 10 })
  return jobId
}

type NewJob = Pick<typeof jobs.$inferInsert, 'total' | 'input'> & Partial<typeof jobs.$inferInsert>

async function addJob({ tx, workspaceId, viewer, now }: Command, row: NewJob): Promise<string> {
  const { tokenName, actorId: startedById } = viewer
  const id = uuidv7()
  await tx
    .insert(jobs)
    .values({ ...{ workspaceId, id, tokenName, startedById, createdAt: now }, kind: 'webhookReplay', ...row })
  return id
}
