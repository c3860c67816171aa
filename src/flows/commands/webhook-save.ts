/** Webhooks: made and changed. No help desk hears of them. */
import { and, count, eq, sql } from 'drizzle-orm'
import type { GraphQLSchema } from 'graphql'
import { v7 as uuidv7 } from 'uuid'
import { checkHost, InsideError } from '#connectors/reach.ts'
import { endOfLog } from '#domain/changes/event-cursor.ts'
import { type TicketFilterInput, TicketFilterRef, ticketFilter } from '#domain/tickets/filter.ts'
import { storable } from '#domain/views/stored-input.ts'
import { scopesOfEvent, unaskedEvents } from '#domain/webhooks/events.ts'
import { mostWebhooks, WebhookEventEnum } from '#domain/webhooks/graphql.ts'
import { checkedQuery, variablesInWords } from '#domain/webhooks/query.ts'
import { hintOf, keptSecret, newSecret } from '#domain/webhooks/secret.ts'
import { webhooks } from '#domain/webhooks/table.ts'
import { builder, type EventPlace, type WebhookRules } from '#platform/graphql/builder.ts'
import type { WebhookEvent } from '#vocabulary.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { forbiddenError } from './permits.ts'
import * as plausible from './plausible.ts'
import { invalid, usable } from './problem.ts'
import { lockWebhook, WebhookPayload, wakeWebhooks, withSecret } from './webhook-row.ts'

const LONGEST_URL = 2000
const LONGEST_DESCRIPTION = 500
const TRIED_AT_ONCE = 1_000

const WebhookSaveInput = builder.inputType('WebhookSaveInput', {
  description:
    'A webhook to make, or with an `id` to change. Of one that is changed, what is left out stays; null clears. From then on it is told what the viewer may see.',
  fields: (t) => ({
    id: t.id({ description: 'Which one to change; without it a new one is made, and `url` and `events` are needed.' }),
    url: t.field({
      type: 'URL',
      description: 'Where requests go: https, without user name and password, to an address on the internet.',
    }),
    description: t.string({ description: `What people say of it, at most ${LONGEST_DESCRIPTION} characters.` }),
    events: t.field({ type: [WebhookEventEnum], description: 'What it is told of; neither GAP nor TEST.' }),
    filter: t.field({
      type: TicketFilterRef,
      description:
        'Only events of tickets that match, as they are when it is told; also recycled and merged ones. Of deleted ones it is always told; contacts and help desks are not filtered. Null: all.',
    }),
    query: t.string({
      description: `A GraphQL query whose answer becomes \`data\` of what is sent. Its variables: ${variablesInWords}. Null: what the event itself says.`,
    }),
    isEnabled: t.boolean({
      description:
        'Whether it is told anything. A new one is, unless you say no; enabled again it goes on where it stopped.',
    }),
    after: t.field({
      type: 'EventCursor',
      description: 'From which place in the log on. Left out: a new one is told what happens from now on.',
    }),
    ...namedByClient(t),
  }),
})
type Input = typeof WebhookSaveInput.$inferInput

builder.mutationField('webhookSave', (t) =>
  t.field({
    type: WebhookPayload,
    scopes: ['WEBHOOKS_ADMIN'],
    description: 'Makes a webhook, or changes one.',
    args: { input: t.arg({ type: WebhookSaveInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context, { schema }) =>
      withSecret((tell) =>
        carryOut(context, 'webhookSave', input, (command, given) =>
          webhookSave(command, given, { schema, rules: context.webhooks, tell }),
        ),
      ),
  }),
)

type Making = { schema: GraphQLSchema; rules: WebhookRules; tell(secret: string): void }

async function webhookSave(command: Command, input: Input, making: Making): Promise<Outcome> {
  const { tx, workspaceId, viewer, now } = command
  const before = input.id == null ? null : await lockWebhook(command, input.id, ['input', 'id'])
  const url = input.url == null ? before?.url : addressFrom(input.url, making.rules)
  const events = input.events == null ? before?.events : eventsFrom(input.events)
  if (url === undefined) throw invalid(['input', 'url'], 'Expected an address, got none.', 'required', 'REQUIRED')
  if (!events) throw invalid(['input', 'events'], 'Expected at least one, got none.', 'minItems=1', 'REQUIRED')
  refuseUnseen(command, events)
  const row = {
    ...{ url, events },
    description: textOr(input.description, before?.description ?? null),
    filter: input.filter === undefined ? (before?.filter ?? null) : filterFrom(command, input.filter),
    query: queryFrom(input.query === undefined ? before?.query : input.query, events, making),
    isEnabled: input.isEnabled ?? before?.isEnabled ?? true,
    ...{ savedBy: viewer.tokenName, actorId: viewer.actorId, role: viewer.role, scopes: [...viewer.scopes] },
    ...{ problem: null, problemAt: null, failingSince: null, updatedAt: now },
    ...(input.after && { ...input.after }),
  }
  const webhookId = before ? await change(command, before.id, row) : await make(command, row, making)
  await wakeWebhooks(command)
  return { webhookId }

  function textOr(given: string | null | undefined, otherwise: string | null): string | null {
    if (given === undefined) return otherwise
    const text = given?.trim() ?? ''
    plausible.bodySize(text, ['input', 'description'], LONGEST_DESCRIPTION)
    return text === '' ? null : text
  }

  async function change(of: Command, id: string, values: typeof row): Promise<string> {
    const isSame = and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, id))
    await of.tx.update(webhooks).set(values).where(isSame)
    // What waits is tried at once; of very much that waits the rest comes when it is due.
    await tx.execute(sql`
      update webhook_deliveries set next_attempt_at = now()
      where workspace_id = ${workspaceId} and id = any(array(
        select id from webhook_deliveries
        where workspace_id = ${workspaceId} and webhook_id = ${id} and state = 'WAITING' and next_attempt_at > now()
        order by next_attempt_at limit ${TRIED_AT_ONCE}))`)
    return id
  }
}

type Row = Pick<typeof webhooks.$inferInsert, 'url' | 'events' | 'isEnabled' | 'savedBy' | 'role' | 'scopes'> &
  Partial<typeof webhooks.$inferInsert>

async function make({ tx, workspaceId, now }: Command, row: Row, { rules, tell }: Making): Promise<string> {
  const [there] = await tx.select({ count: count() }).from(webhooks).where(eq(webhooks.workspaceId, workspaceId))
  if ((there?.count ?? 0) >= mostWebhooks)
    throw invalid(['input'], `Expected at most ${mostWebhooks} webhooks.`, `maxItems=${mostWebhooks}`, 'LIMIT_EXCEEDED')
  const { rows } = await tx.execute<{ end: EventPlace }>(sql`select ${endOfLog} as end`)
  const [id, secret] = [uuidv7(), newSecret()]
  const kept = { secret: keptSecret(secret, id, rules.secretKeys), secretHint: hintOf(secret) }
  await tx
    .insert(webhooks)
    .values({ ...(rows[0] as { end: EventPlace }).end, ...row, ...kept, workspaceId, id, createdAt: now })
  tell(secret)
  return id
}

// ------------------------------------------------------------------ checks

/** What a name stands for is looked at with each request; what can be told already is told here. */
function addressFrom(given: string, { localAddresses }: WebhookRules): string {
  const path = ['input', 'url']
  const url = new URL(given)
  if (url.protocol !== 'https:' && !(localAddresses && url.protocol === 'http:'))
    throw invalid(path, `Expected an https address, got one of ${url.protocol.slice(0, 20)}`, 'https')
  if (url.username !== '' || url.password !== '')
    throw invalid(path, 'Expected no user name and password: requests are told by their signature.', 'noCredentials')
  if (url.href.length > LONGEST_URL)
    throw invalid(path, `Expected at most ${LONGEST_URL} characters.`, `maxLength=${LONGEST_URL}`)
  if (!localAddresses) refuseInside(url, path)
  return url.href
}

function refuseInside(url: URL, path: string[]): void {
  try {
    if (/(^|\.)localhost\.?$/.test(url.hostname)) throw new InsideError(`${url.hostname} is no host on the internet`)
    checkHost(url)
  } catch (error) {
    if (!(error instanceof InsideError)) throw error
    throw invalid(path, `Expected an address on the internet: ${error.message}.`, 'publicAddress')
  }
}

function eventsFrom(given: readonly WebhookEvent[]): WebhookEvent[] {
  const path = ['input', 'events']
  const unasked = given.find((event) => unaskedEvents.includes(event))
  if (unasked) throw invalid(path, `Expected no ${unasked}: it comes without being asked for.`, 'subscribable')
  return plausible.listOf(given, path, Object.keys(scopesOfEvent).length)
}

function refuseUnseen({ viewer }: Command, events: readonly WebhookEvent[]): void {
  const needed = new Set(events.flatMap((event) => scopesOfEvent[event]))
  const lacking = [...needed].filter((scope) => !viewer.scopes.has(scope))
  if (lacking.length === 0) return
  const message = `A webhook is told what its saver may see, and this token lacks ${lacking.join(', ')}.`
  throw forbiddenError(message, ['input', 'events'], lacking)
}

function filterFrom({ now, viewer }: Command, given: unknown): unknown {
  if (given === null) return null
  const filter = given as TicketFilterInput
  usable(['input', 'filter'], () => ticketFilter(filter, now, { viewer }))
  return storable('filter', filter)
}

function queryFrom(
  given: string | null | undefined,
  events: readonly WebhookEvent[],
  { schema, rules }: Making,
): string | null {
  if (given == null) return null
  usable(['input', 'query'], () => {
    rules.admit(given)
    checkedQuery(given, { schema, limits: rules.limits, events })
  })
  return given
}
