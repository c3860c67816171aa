/** What a request says, as whoever saved the webhook may see it. Made with the first attempt, and the same in all of them. */
import { type DocumentNode, GraphQLError } from 'graphql'
import { cursorTextOf } from '#domain/changes/event-cursor.ts'
import { visibleMessage } from '#domain/messages/visible.ts'
import { scopesOfEvent, typeOfEvent, unaskedEvents } from '#domain/webhooks/events.ts'
import { checkedQuery } from '#domain/webhooks/query.ts'
import type { WholeWebhook } from '#domain/webhooks/saver.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { execute } from '#platform/graphql/executor/execute.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { sightOf, type Viewer } from '#platform/graphql/viewer.ts'
import { maskedError } from '#platform/http/errors.ts'
import { type Calling, contextOf } from './calling.ts'
import type { Claimed } from './claim.ts'

const LONGEST_BODY_BYTES = 1024 * 1024

/** It is never sent: not for this saver, or too large. */
export class WithheldError extends Error {
  override name = 'WithheldError'
}

/** The webhook's query can no longer be run. */
export class QueryInvalidError extends Error {
  override name = 'QueryInvalidError'
}

/** What is to be said could not be read now. Counts as an attempt, or one that never can be read would be in the way of all others. */
export class UnansweredError extends Error {
  override name = 'UnansweredError'
}

/** @throws WithheldError, QueryInvalidError, UnansweredError */
export async function bodyOf(
  calling: Calling,
  delivery: Claimed,
  { webhook, viewer }: { webhook: WholeWebhook; viewer: Viewer },
): Promise<string> {
  const context = contextOf(calling, viewer, `webhook ${delivery.id}`)
  await refuseUnseen(context, delivery)
  const said =
    webhook.query === null || unaskedEvents.includes(delivery.event)
      ? { data: factsOf(delivery) }
      : await answerOf(calling, webhook, { query: webhook.query, context, delivery })
  const { event, at, workspaceId } = delivery
  const body = JSON.stringify({
    ...{ type: event, timestamp: at.toISOString(), cursor: cursorTextOf(delivery) },
    ...{ workspaceId: nodeIdOf('Tenant', workspaceId), webhookId: nodeIdOf('Webhook', webhook.id) },
    ...said,
  })
  if (Buffer.byteLength(body) > LONGEST_BODY_BYTES)
    throw new WithheldError(`The answer to the query is larger than ${LONGEST_BODY_BYTES} bytes.`)
  return body
}

/** Since it was written down, the webhook may have been saved by somebody else, or a message become a note. */
async function refuseUnseen(context: GraphContext, { event, messageId }: Claimed): Promise<void> {
  const { viewer } = context
  const isAllowed = scopesOfEvent[event].every((scope) => viewer.scopes.has(scope))
  const isSeen = messageId === null || sightOf(viewer) === 'ALL' || (await visibleMessage(context, messageId)) !== null
  if (!isAllowed || !isSeen) throw new WithheldError('Whoever saved the webhook may not see what it is about.')
}

function factsOf(delivery: Claimed) {
  const { event, subjectId, ticketId, messageId, changeType, changedFields, clientMutationId } = delivery
  return {
    id: nodeIdOf(typeOfEvent[event], subjectId),
    ticketId: ticketId && nodeIdOf('Ticket', ticketId),
    messageId: messageId && nodeIdOf('Message', messageId),
    ...{ changeType, changedFields, clientMutationId },
  }
}

async function answerOf(
  calling: Calling,
  { events }: WholeWebhook,
  { query, context, delivery }: { query: string; context: GraphContext; delivery: Claimed },
) {
  const schema = await calling.schemaOf()
  const document = known(`${events} ${query}`, () => checkedQuery(query, { schema, limits: calling.limits, events }))
  const { id, ticketId, messageId } = factsOf(delivery)
  const variableValues = {
    ...{ id, cursor: cursorTextOf(delivery), at: delivery.at.toISOString() },
    ...(ticketId && { ticketId }),
    ...(messageId && { messageId }),
  }
  const { data, errors = [] } = await execute({ schema, document, contextValue: context, variableValues })
  const told = errors.map((error) => maskedError(error, context.requestId, context.log) as GraphQLError)
  const passing = told.find(({ extensions }) => ['UNAVAILABLE', 'TIMEOUT'].includes(String(extensions.code)))
  if (passing) throw new UnansweredError(`The query was not answered: ${passing.message}`, { cause: passing })
  return { data: data ?? null, ...(told.length > 0 && { errors: told.map((error) => error.toJSON()) }) }
}

const MOST_KNOWN = 500
const documents = new Map<string, DocumentNode>()

/** Checked once per process, not with each event. */
function known(key: string, check: () => DocumentNode): DocumentNode {
  const found = documents.get(key)
  if (found) return found
  try {
    const document = check()
    if (documents.size >= MOST_KNOWN) documents.clear()
    documents.set(key, document)
    return document
  } catch (cause) {
    if (!(cause instanceof GraphQLError)) throw cause
    throw new QueryInvalidError(cause.message, { cause })
  }
}
