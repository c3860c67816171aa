/** Opens a ticket: with its first messages, and with a requester made on the fly where wanted. */
import { v7 as uuidv7 } from 'uuid'
import type { TicketField } from '#connectors/operations.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { newExternalId } from '#domain/deliveries/external-ids.ts'
import { fieldOfPatchKey, type TicketPatchInOurIds } from '#domain/deliveries/promise.ts'
import { ReplyingAgentModeEnum, TicketPriorityEnum, TicketStatusEnum } from '#domain/tickets/filter.ts'
import { TicketEdge } from '#domain/tickets/graphql.ts'
import { ticketEdgeById } from '#domain/tickets/loaders.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import { forbidden } from '#domain/viewer/permissions.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { capabilityOfField, columnsOfPatch, inputNameOf, writeTags } from './apply-patch.ts'
import { carryOut } from './command.ts'
import { ContactFieldsInput } from './contact-fields.ts'
import { contactNamed } from './contact-upsert.ts'
import { addEntries, promiseEntries, setDelivery } from './entries.ts'
import { ActorRefInput, AssigneeInput, CustomFieldInput, MessageEntryInput, onlyOnce } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { patchFrom } from './patch-input.ts'
import { deliveriesPart, MutationPayload, messagesPart, replayedPart, ticketPart } from './payloads.ts'
import { forbiddenError } from './permits.ts'
import * as plausible from './plausible.ts'
import { CommandError, invalid, missing, type Path, unsupported, unsupportedProblem } from './problem.ts'
import { promise } from './promise.ts'
import { type ActorRow, actorFromRef, backendFrom } from './references.ts'
import { tagNamed } from './tag-naming.ts'
import { insertTicket, newEdit, rewriteNewTicket } from './ticket-edit.ts'

const TicketCreatePayload = builder.objectRef<Payload>('TicketCreatePayload').implement({
  description: 'What became of a new ticket.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    ...ticketPart(t),
    ticketEdge: t.field({
      type: TicketEdge,
      nullable: true,
      description:
        'The ticket at its place in lists of the default order, for clients that insert it into what they show.',
      resolve: ({ ticketId }, _args, context) => (ticketId ? ticketEdgeById(context, ticketId) : null),
    }),
    ...messagesPart(t),
    ...replayedPart(t),
    ...deliveriesPart(t),
  }),
})

const TicketCreateInput = builder.inputType('TicketCreateInput', {
  description: 'What the new ticket is like. What its help desk cannot take is refused before anything happens.',
  fields: (t) => ({
    backendId: t.id({ required: true, description: 'The help desk that gets it.' }),
    subject: t.string({ required: true, description: 'What it is about.' }),
    requester: t.field({ type: ActorRefInput, required: true, description: 'Whose it is.' }),
    requesterOnCreate: t.field({
      type: ContactFieldsInput,
      description: 'What is known of the requester; used when `requester.contact` is unknown at the help desk.',
    }),
    channelId: t.id({ description: 'By which channel it is answered.' }),
    channelAccountId: t.id({ description: 'By which account of a channel it is answered.' }),
    originalConversationId: t.string({ description: 'The conversation of a channel that it comes from.' }),
    assignee: t.field({ type: AssigneeInput, description: 'Who has it.' }),
    departmentId: t.id({ description: 'Which department has it.' }),
    createdBy: t.field({ type: ActorRefInput, description: 'Who opens it; by default the requester.' }),
    status: t.field({ type: TicketStatusEnum, description: 'How far it is; by default as the help desk begins.' }),
    priority: t.field({ type: TicketPriorityEnum, description: 'How urgent it is.' }),
    category: t.string({ description: 'Its category.' }),
    contactLanguage: t.field({ type: 'Locale', description: "The customer's language." }),
    agentLanguage: t.field({ type: 'Locale', description: "The agents' language." }),
    isAutoTranslationOn: t.boolean({ description: 'Whether messages are translated by themselves.' }),
    replyingAgentMode: t.field({ type: ReplyingAgentModeEnum, description: 'Who answers.' }),
    tagIds: t.idList({ description: 'Its tags.' }),
    tagNames: t.stringList({ description: 'Further tags by name; made where the help desk has none of this name.' }),
    customFields: t.field({ type: [CustomFieldInput], description: "The help desk's own fields." }),
    messages: t.field({ type: [MessageEntryInput], description: 'What is said at once, in this order.' }),
    ...onlyOnce(t),
  }),
})
type Shape = typeof TicketCreateInput.$inferInput

builder.mutationField('ticketCreate', (t) =>
  t.field({
    type: TicketCreatePayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Opens a ticket. Its number is known when the help desk has it.',
    args: { input: t.arg({ type: TicketCreateInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketCreate', input, ticketCreate),
  }),
)

const MOST_MESSAGES = 50

async function ticketCreate(command: Command, input: Shape): Promise<Outcome> {
  if (command.viewer.role === 'CONTACT') refuseForCustomer(command, input)
  const backend = backendFrom(command, input.backendId, ['input', 'backendId'])
  if (vendorOf(backend).capabilities.TICKET_CREATE.level !== 'NATIVE')
    throw unsupported(backend, 'TICKET_CREATE', ['input', 'backendId'])
  const entries = (input.messages ?? []).map((entry, index) => ({ entry, path: ['input', 'messages', index] as Path }))
  refuseMessages(backend, entries.length)
  const requester = await requesterFrom(command, backend, input)
  const createdBy =
    input.createdBy && (await actorFromRef(command, input.createdBy, backend.id, ['input', 'createdBy']))
  if (input.createdBy && !createdBy) throw missing('contact', null, ['input', 'createdBy'])
  const patch = await fieldsFrom(command, backend, input)

  const row = newTicket(command, backend, { patch, requester, createdById: createdBy?.id ?? requester.id, input })
  await insertTicket(command, row)
  const edit = newEdit(row, backend, true)
  if (patch.tags) await writeTags(command, edit, patch.tags)
  const written = entries.length > 0 ? await addEntries(command, edit, entries, { path: ['input', 'messages'] }) : []
  await rewriteNewTicket(command, edit)

  const { most } = vendorOf(backend).writing.newTicketMessages
  const taken = written.slice(0, most)
  const messageIds = taken.map(({ message }) => message.id)
  const deliveryId = await promise(command, {
    ...{ backendId: backend.id, ticketId: row.id, operation: 'createTicket' },
    input: { patch: nativePart(backend, patch), messageIds },
    lanes: [requester.id, ...(patch.tags?.added ?? [])],
  })
  await setDelivery(command, messageIds, deliveryId)
  // What the help desk does not take along goes out after it.
  if (written.length > most)
    await promiseEntries(command, { ...edit, isNew: false }, written.slice(most), { like: null, earlier: edit.after })
  return { ticketId: row.id, messageIds: written.map(({ message }) => message.id) }
}

/** What those decide who answer. */
const notForCustomers = [
  ...['requesterOnCreate', 'createdBy', 'assignee', 'departmentId', 'status', 'agentLanguage', 'isAutoTranslationOn'],
  ...['replyingAgentMode', 'tagIds', 'tagNames', 'originalConversationId'],
] as (keyof Shape)[]

/** A customer opens tickets of their own only. @throws CommandError */
function refuseForCustomer({ viewer }: Command, input: Shape): void {
  const { contactId } = input.requester
  if (viewer.actorId === null || contactId == null || idFrom(contactId, 'Contact') !== viewer.actorId)
    throw forbiddenError('A customer opens tickets in their own name only.', ['input', 'requester'])
  const taken = notForCustomers.find((name) => input[name] != null)
  if (taken) throw forbiddenError(forbidden.explanation, ['input', taken])
}

function refuseMessages(backend: BackendRow, count: number): void {
  const { name, writing } = vendorOf(backend)
  const { least } = writing.newTicketMessages
  const path = ['input', 'messages']
  if (count < least)
    throw invalid(path, `Expected a first message: ${name} opens no ticket without.`, `minItems=${least}`, 'REQUIRED')
  if (count > MOST_MESSAGES)
    throw invalid(path, `Expected at most ${MOST_MESSAGES}, got ${count}.`, `maxItems=${MOST_MESSAGES}`)
}

async function requesterFrom(command: Command, backend: BackendRow, input: Shape): Promise<ActorRow> {
  const path = ['input', 'requester']
  const known = await actorFromRef(command, input.requester, backend.id, path)
  if (known) return known
  const ref = input.requester.contact
  if (!ref || ref.external) throw missing('contact', null, path)
  return contactNamed(command, backend, ref, input.requesterOnCreate ?? {}, ['input', 'requesterOnCreate'])
}

// ------------------------------------------------------------------ fields

async function fieldsFrom(command: Command, backend: BackendRow, input: Shape): Promise<TicketPatchInOurIds> {
  const { channelId, channelAccountId, assignee, departmentId, status, priority, category, ...rest } = input
  const { contactLanguage, agentLanguage, isAutoTranslationOn, replyingAgentMode, customFields, tagNames } = rest
  const named = await plausible.each(tagNames ?? [], (name, index) =>
    tagNamed(command, backend, name, ['input', 'tagNames', index]),
  )
  const said = {
    ...{ subject: input.subject, channelId, channelAccountId, assignee, departmentId, priority, category },
    ...{ contactLanguage, agentLanguage, isAutoTranslationOn, replyingAgentMode, customFields },
    ...(status != null && { status }),
    ...(input.tagIds != null && { addTagIds: input.tagIds }),
  }
  const patch = await patchFrom(command, said, { ticketId: null, backendId: backend.id, path: ['input'] })
  const tags = [...new Set([...(patch.tags?.all ?? []), ...named])]
  if (tags.length > 0) patch.tags = { all: tags, added: tags, removed: [] }
  for (const [key, value] of Object.entries(patch)) if (value === null) delete patch[key as keyof TicketPatchInOurIds]
  refuseImpossible(backend, patch)
  return patch
}

function keyFrom(originalConversationId: string | null | undefined): string | null {
  if (originalConversationId == null) return null
  return plausible.line(originalConversationId, ['input', 'originalConversationId'], { most: 500 })
}

type PatchKey = keyof TicketPatchInOurIds

function refuseImpossible(backend: BackendRow, patch: TicketPatchInOurIds): void {
  const { name, writing } = vendorOf(backend)
  const problems = (Object.keys(patch) as PatchKey[]).flatMap((key) => {
    const field = fieldOfPatchKey[key]
    const path = ['input', inputNameOf[key] ?? key]
    const isStatusKnown = key !== 'status' || writing.statuses[patch.status as 'NEW'] !== undefined
    // Every ticket has a subject, also where the help desk makes its own.
    if (key === 'subject' || (canDo(levelOf(backend, field)) && isStatusKnown)) return []
    return [unsupportedProblem(backend, capabilityOfField(field), path, `${name} cannot take this of a new ticket.`)]
  })
  if (problems.length > 0) throw new CommandError(...problems)
}

function levelOf(backend: BackendRow, field: TicketField) {
  return vendorOf(backend).writing.newTicketFields[field]
}

function nativePart(backend: BackendRow, patch: TicketPatchInOurIds): TicketPatchInOurIds {
  const keys = (Object.keys(patch) as PatchKey[]).filter((key) => levelOf(backend, fieldOfPatchKey[key]) === 'NATIVE')
  return Object.fromEntries(keys.map((key) => [key, patch[key]]))
}

// ------------------------------------------------------------------ the row

function newTicket(
  { workspaceId, now }: Command,
  backend: BackendRow,
  {
    patch,
    requester,
    createdById,
    input,
  }: { patch: TicketPatchInOurIds; requester: ActorRow; createdById: string; input: Shape },
): WholeTicket {
  const { writing } = vendorOf(backend)
  const id = uuidv7()
  const status = writing.statuses.NEW ? 'NEW' : 'PENDING_INTERNAL'
  const empty: WholeTicket = {
    ...{
      workspaceId,
      id,
      backendId: backend.id,
      externalId: newExternalId(id),
      number: `new-${id.slice(-6)}`,
      url: null,
    },
    ...{ subject: '', version: 1, status, statusDetail: writing.statuses[status] ?? { raw: status, label: status } },
    ...{ priority: null, priorityDetail: null, category: null, snoozedUntil: null },
    ...{ requesterId: requester.id, assigneeId: null, departmentId: null, createdById, lastRepliedById: null },
    ...{ resolvedById: null, channelId: null, channelAccountId: null, lastMessageChannelId: null },
    ...{ lastMessageChannelAccountId: null, originalConversationId: keyFrom(input.originalConversationId) },
    ...{ readStateSource: 'GATEWAY', isReadByAgent: true, isReadByContact: true, unreadMessageCount: 0 },
    ...{ hasDraft: false, isRecycled: false, recycledAt: null, isSpam: false, mergedIntoExternalId: null },
    ...{
      mergedIntoId: null,
      isThreadMoved: false,
      tagIds: [],
      customFields: [],
      contactLanguage: null,
      agentLanguage: null,
    },
    ...{ isAutoTranslationOn: false, replyingAgentMode: null, messageCount: 0, attachmentCount: 0, preview: null },
    ...{ responseCount: 0, responseTimeSeconds: null, firstResponseTimeSeconds: null, resolutionTimeSeconds: null },
    ...{ slaState: 'NONE', sla: null, createdAt: now, updatedAt: now, lastActivityAt: now, lastRepliedAt: null },
    ...{ lastStatusChangedAt: null, firstRepliedAt: null, waitingSince: null, resolvedAt: null, reopenedAt: null },
    ...{ vendorUpdatedAt: null, fetchedAt: new Date(0), seenInRound: 0, vanishedAt: null, contentHash: '', raw: null },
  }
  return { ...empty, ...columnsOfPatch(empty, patch, { now, writing }) }
}
