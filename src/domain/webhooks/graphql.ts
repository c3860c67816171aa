/** Webhooks that are sent out, and what became of each request. For those who administer. */
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { connectionOf, pageArguments } from '#platform/graphql/connections.ts'
import { usualSize } from '#platform/graphql/cost.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { webhookDeliveryStates, webhookEvents, webhookProblems } from '#vocabulary.ts'
import { typeOfEvent } from './events.ts'
import {
  deliveriesOfWebhook,
  type WebhookDeliveryRow,
  type WebhookRow,
  webhookById,
  webhookDeliveryById,
  webhooksOfWorkspace,
} from './loaders.ts'
import { messageIdOf } from './message-id.ts'

export const WebhookEventEnum = enumOf('WebhookEvent', 'What a webhook is told of.', webhookEvents)
const WebhookDeliveryState = enumOf('WebhookDeliveryState', 'How far a request is.', webhookDeliveryStates)
const WebhookProblemKind = enumOf('WebhookProblemKind', 'Why a webhook is not well.', webhookProblems)

const WebhookProblem = builder.objectRef<WebhookRow>('WebhookProblem').implement({
  description: 'Why a webhook stands still, or what it missed. Goes with the next `webhookSave`.',
  fields: (t) => ({
    kind: t.field({
      type: WebhookProblemKind,
      description: 'What it is, for programs.',
      resolve: ({ problem }) => problem as NonNullable<typeof problem>,
    }),
    message: t.string({
      description: 'The same for people.',
      resolve: ({ problem }) => webhookProblems[problem as NonNullable<typeof problem>],
    }),
    at: t.field({
      type: 'DateTime',
      description: 'When it was noticed.',
      resolve: ({ problemAt }) => problemAt as Date,
    }),
  }),
})

export const WebhookDelivery = builder.objectRef<WebhookDeliveryRow>('WebhookDelivery').implement({
  description:
    'One event for one webhook, and what became of the request. An answer of 200 to 299 within 15 s takes it. Else it is sent again after 5 s, 1 min, 5 min, 30 min, 2 h, 5 h, 10 h and 24 h, a little later each time, and later still where `Retry-After` asks for it; then it is given up. All attempts say the same. Kept for 30 days. `sentAt` and what follows is of the last attempt.',
  interfaces: [Node],
  scopes: ['WEBHOOKS_ADMIN'],
  fields: (t) => ({
    id: t.id(nodeIdField('WebhookDelivery')),
    messageId: t.string({
      description:
        'Its header `webhook-id`: the same with every attempt and replay, so that receivers can drop repeats.',
      resolve: ({ id }) => messageIdOf(id),
    }),
    event: t.field({ type: WebhookEventEnum, description: 'What happened.', resolve: ({ event }) => event }),
    subjectId: t.id({
      description: 'Global id of what it is about, also when that is gone.',
      resolve: ({ event, subjectId }) => nodeIdOf(typeOfEvent[event], subjectId),
    }),
    cursor: t.field({
      type: 'EventCursor',
      description: 'Its place in the log of changes.',
      resolve: ({ clusterId, transactionId, logPosition: position }) => ({ clusterId, transactionId, position }),
    }),
    at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
    state: t.field({ type: WebhookDeliveryState, description: 'How far it is.', resolve: ({ state }) => state }),
    succeeded: t.boolean({
      description: 'Whether the receiver took it, with an answer of 200 to 299.',
      resolve: ({ state }) => state === 'SUCCEEDED',
    }),
    attempt: t.exposeInt('attempts', { description: 'How often it was sent since it was written or replayed.' }),
    sentAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last sent; null when it was not yet.',
      resolve: ({ sentAt }) => sentAt,
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Not before then it is sent again; null when it is not.',
      resolve: ({ state, nextAttemptAt }) => (state === 'WAITING' ? nextAttemptAt : null),
    }),
    httpStatus: t.exposeInt('httpStatus', {
      nullable: true,
      description: 'What the receiver answered; null when no answer came.',
    }),
    durationMs: t.exposeInt('durationMs', {
      nullable: true,
      description: 'How long the answer took, in milliseconds.',
    }),
    response: t.string({
      nullable: true,
      description:
        'The first 2,000 characters of the answer. Null for who lacks a scope of whoever saved the webhook, since it may repeat what was sent.',
      resolve: async ({ webhookId, response }, _args, context) => {
        const webhook = await webhookById(context, webhookId)
        return webhook?.scopes.every((scope) => context.viewer.scopes.has(scope)) ? response : null
      },
    }),
    problem: t.exposeString('problem', { nullable: true, description: 'Why it was not taken, in words.' }),
  }),
})

registerNode('WebhookDelivery', webhookDeliveryById)
const WebhookDeliveryConnection = connectionOf('WebhookDelivery', WebhookDelivery, 'requests of a webhook')

export const Webhook = builder.objectRef<WebhookRow>('Webhook').implement({
  description:
    'An address that is told what happens here, by POST requests that are signed as Standard Webhooks says (standardwebhooks.com): headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. The body is JSON: `type` (the event), `timestamp` (when it happened), `cursor` (its place in the log), `workspaceId`, `webhookId` and `data`. Without a `query` that is `id` (of what it is about), `ticketId`, `messageId`, `changeType`, `changedFields` and `clientMutationId` (of own changes); with one its answer, and `errors` beside it. Each event comes at least once, in no promised order: `webhook-id` tells repeats, `cursor` the order.',
  interfaces: [Node],
  scopes: ['WEBHOOKS_ADMIN'],
  fields: (t) => ({
    id: t.id(nodeIdField('Webhook')),
    url: t.field({ type: 'URL', description: 'Where requests go.', resolve: ({ url }) => url }),
    description: t.exposeString('description', { nullable: true, description: 'What people say of it.' }),
    events: t.field({ type: [WebhookEventEnum], description: 'What it is told of.', resolve: ({ events }) => events }),
    filter: t.field({
      type: 'JSON',
      nullable: true,
      description: 'A TicketFilter: of which tickets it is told; null: of all.',
      resolve: ({ filter }) => filter,
    }),
    isEnabled: t.exposeBoolean('isEnabled', { description: 'Whether it is told anything.' }),
    query: t.exposeString('query', {
      nullable: true,
      description: 'The GraphQL query whose answer is `data` of what is sent; null: what the event itself says.',
    }),
    secretHint: t.exposeString('secretHint', { description: 'How its secret begins, to tell it from others.' }),
    formerSecretUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when the secret before signs too; null when there is none.',
      resolve: ({ formerSecretUntil }, _args, { now }) =>
        formerSecretUntil && formerSecretUntil > now ? formerSecretUntil : null,
    }),
    problem: t.field({
      type: WebhookProblem,
      nullable: true,
      description: 'Why it stands still, or what it missed; null when all is well.',
      resolve: (webhook) => (webhook.problem === null ? null : webhook),
    }),
    failingSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when no request came through; null when the last one did. After five days it is disabled.',
      resolve: ({ failingSince }) => failingSince,
    }),
    cursor: t.field({
      type: 'EventCursor',
      description: 'Up to this place in the log of changes it is told, or about to be.',
      resolve: ({ clusterId, transactionId, position }) => ({ clusterId, transactionId, position }),
    }),
    savedBy: t.exposeString('savedBy', {
      description: 'Name of the token that saved it last: it is told what that one may see, and no more.',
    }),
    savedByActor: t.field({
      type: Actor,
      nullable: true,
      description: 'Whose token that is; null for a program.',
      resolve: ({ actorId }, _args, context) => actorOf(context, actorId),
    }),
    deliveries: t.field({
      type: WebhookDeliveryConnection,
      description: 'What it was sent in the last 30 days, newest first.',
      args: {
        onlyFailed: t.arg.boolean({
          required: true,
          defaultValue: false,
          description: 'Only what was given up, or was not taken so far.',
        }),
        ...pageArguments(t.arg),
      },
      resolve: ({ id }, args, context) => deliveriesOfWebhook(context, id, args),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it was last saved.',
      resolve: ({ updatedAt }) => updatedAt,
    }),
  }),
})

registerNode('Webhook', webhookById)

builder.objectField(WebhookDelivery, 'webhook', (t) =>
  t.field({
    type: Webhook,
    description: 'Which one it is for.',
    resolve: async ({ webhookId }, _args, context) => (await webhookById(context, webhookId)) as WebhookRow,
  }),
)

/** More would be a mistake, not a plan. */
export const mostWebhooks = 100

builder.queryField('webhooks', (t) =>
  t.field({
    type: [Webhook],
    scopes: ['WEBHOOKS_ADMIN'],
    extensions: usualSize(mostWebhooks),
    description: 'The webhooks of the tenant, oldest first.',
    resolve: (_root, _args, context) => webhooksOfWorkspace(context, context.workspaceId),
  }),
)
