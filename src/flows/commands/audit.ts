/** What commands leave in the audit log. */
import { type AuditedChange, recordAudit } from '#domain/audit/record.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import { onRefusedMutation } from '#platform/graphql/access.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { nodeIdOf, nodeKeyOf } from '#platform/graphql/node-ids.ts'
import type { Command, Outcome } from './outcome.ts'

/** In the command's own transaction, when all of it is done. */
export async function auditDone(
  command: Pick<Command, 'tx' | 'workspaceId' | 'viewer' | 'now' | 'origin' | 'audited'>,
  operation: string,
  { input, outcome }: { input: object; outcome: Outcome },
): Promise<void> {
  const { tx, workspaceId, viewer, now: at, origin, audited } = command
  const nodes = audited.flatMap((change) => change.nodes ?? [])
  const targets = [...new Set([...targetsOf(outcome), ...nodes])]
  if (targets.length === 0) return // of many tickets none could be changed
  const fields = fieldsGiven(input)
  const changes = audited.length > 0 ? grouped(audited, targets) : [{ kind: 'GIVEN' as const, fields }]
  const { actorId, tokenName } = viewer
  await recordAudit(tx, {
    ...{ workspaceId, actorId, tokenName, operation, outcome: 'DONE', targets, changes, at, ...origin },
  })
}

/** Somebody asked for what they may not: nothing was done, and that they tried is kept. */
export async function auditRefused(context: GraphContext, operation: string, input: object): Promise<void> {
  const { db, workspaceId, viewer, requestId, clientAddress, now: at } = context
  const { actorId, tokenName } = viewer
  const targets = nodeIdsIn(input)
  const changes: AuditedChange[] = [{ kind: 'GIVEN', fields: fieldsGiven(input) }]
  await recordAudit(db, {
    ...{ workspaceId, actorId, tokenName, operation, outcome: 'REFUSED', targets, changes, at },
    ...{ requestId, clientAddress },
  })
}

onRefusedMutation(auditRefused)

/** Fields whose values are ours and plain. What people wrote, and who they are, is not for this log. */
const PLAIN = [
  'status',
  'priority',
  'snoozedUntil',
  'isRecycled',
  'isSpam',
  'isReadByAgent',
  'isReadByContact',
] as const

export function plainValues(before: WholeTicket, after: WholeTicket, fields: readonly string[]) {
  const changed = PLAIN.filter((field) => fields.includes(field))
  return changed.length > 0
    ? Object.fromEntries(changed.map((field) => [field, [before[field], after[field]] as const]))
    : undefined
}

// ------------------------------------------------------------------ what it was about

const typeNames = {
  ...{ ticketId: 'Ticket', ticketIds: 'Ticket', messageIds: 'Message', conversationId: 'Conversation', tagId: 'Tag' },
  ...{ contactId: 'Contact', attachmentId: 'Attachment', draftId: 'Draft', mentionIds: 'Mention', viewId: 'View' },
  ...{ deliveryId: 'Delivery', jobId: 'Job', apiKeyId: 'ApiKey' },
  ...{ webhookId: 'Webhook', webhookDeliveryId: 'WebhookDelivery' },
} as const satisfies Partial<Record<keyof Outcome, string>>

function targetsOf(outcome: Outcome): string[] {
  const made = Object.entries(typeNames).flatMap(([key, typeName]) => {
    const ids = [outcome[key as keyof typeof typeNames] ?? []].flat()
    return ids.map((id) => nodeIdOf(typeName, id))
  })
  return outcome.deletedId === undefined ? made : [outcome.deletedId, ...made]
}

const MOST_NODES = 100

/** Global ids in an input, whatever they are called there. */
function nodeIdsIn(value: unknown): string[] {
  if (typeof value === 'string') return nodeKeyOf(value) ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return [...new Set(Object.values(value).flatMap(nodeIdsIn))].slice(0, MOST_NODES)
}

// ------------------------------------------------------------------ what changed

/** Names of what was filled in: `patch.status`. Inside lists they say nothing. */
function fieldsGiven(input: object, prefix = ''): string[] {
  const { clientMutationId: _name, idempotencyKey: _key, ...said } = input as Record<string, unknown>
  return Object.entries(said).flatMap(([name, value]) => {
    if (value === undefined) return []
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
    return isObject && prefix === '' ? fieldsGiven(value, `${name}.`) : [`${prefix}${name}`]
  })
}

/** Alike ones together; of which nodes is only said where those are not all targets. */
function grouped(changes: readonly AuditedChange[], targets: readonly string[]): AuditedChange[] {
  const alike = Map.groupBy(changes, ({ kind, fields, values }) => JSON.stringify([kind, fields, values]))
  return [...alike.values()].map((same) => {
    const { nodes: _nodes, ...change } = same[0] as AuditedChange
    const nodes = [...new Set(same.flatMap((each) => each.nodes ?? []))]
    return nodes.length === targets.length ? change : { ...change, nodes }
  })
}

export function changeOf(
  {
    ticketId,
    messageId,
    kind,
    changedFields: fields,
  }: {
    ticketId: string
    messageId: string | null
    kind: 'CREATED' | 'UPDATED' | 'DELETED'
    changedFields: readonly string[]
  },
  values: AuditedChange['values'],
): AuditedChange {
  const node = messageId === null ? nodeIdOf('Ticket', ticketId) : nodeIdOf('Message', messageId)
  return { kind, fields, nodes: [node], ...(values && { values }) }
}
