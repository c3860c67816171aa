/** Changes a message: at its help desk too, unless that does not have it yet. */
import { and, eq, not } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { MessageField } from '#connectors/operations.ts'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { newExternalId } from '#domain/deliveries/external-ids.ts'
import type { DeliveryInputs } from '#domain/deliveries/promise.ts'
import { mentions } from '#domain/mentions/table.ts'
import type { WholeMessage } from '#domain/messages/table.ts'
import { isSame } from '#domain/tickets/differences.ts'
import { editableFields, isUnsent } from '#domain/viewer/message-permissions.ts'
import { goneRefusal } from '#domain/viewer/permissions.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { bodyFrom, contentTypeOf, levelOf } from './compose.ts'
import { BodyInput, namedByClient } from './inputs.ts'
import { editMessage, type MessageEdit, permitMessage, rewriteMessage } from './message-edit.ts'
import type { Command, Outcome } from './outcome.ts'
import { MessagePayload } from './payloads.ts'
import { refused } from './permits.ts'
import * as plausible from './plausible.ts'
import { invalid, unsupported } from './problem.ts'
import { promise } from './promise.ts'
import { agentFrom } from './references.ts'
import { saveTicket } from './ticket-edit.ts'

const MOST_MENTIONS = 50

const MessageUpdateInput = builder.inputType('MessageUpdateInput', {
  description: 'Which message to change, and how. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The message.' }),
    body: t.field({ type: BodyInput, description: 'What it is to say.' }),
    isInternal: t.boolean({ description: 'Whether only agents see it; makes a note private or public.' }),
    isRead: t.boolean({ description: 'Whether it counts as read here.' }),
    mentionAgentIds: t.idList({ description: 'The whole set of agents a note calls.' }),
    ...namedByClient(t),
  }),
})
type Shape = typeof MessageUpdateInput.$inferInput

builder.mutationField('messageUpdate', (t) =>
  t.field({
    type: MessagePayload,
    scopes: ['MESSAGES_WRITE'],
    description: 'Changes a message. One that has not gone out yet can be changed anywhere.',
    args: { input: t.arg({ type: MessageUpdateInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'messageUpdate', input, messageUpdate),
  }),
)

/** What is to be different, and which parts of it the help desk has to be told. */
type Change = { columns: Partial<WholeMessage>; mentioned: string[] | null; fields: MessageField[] }

async function messageUpdate(command: Command, input: Shape): Promise<Outcome> {
  const { body, isInternal, isRead, mentionAgentIds } = input
  if (body == null && isInternal == null && isRead == null && mentionAgentIds == null)
    throw invalid(['input'], 'Expected something to change, got nothing.', 'minProperties=1', 'REQUIRED')
  const about = await editMessage(command, input.id, ['input', 'id'])
  if (body != null || isInternal != null || mentionAgentIds != null)
    permitMessage(command, about, 'edit', ['input', 'id'])
  else {
    const refusal = goneRefusal(about.edit.before)
    if (refusal) throw refused(refusal, about.backend, ['input', 'id'])
  }
  const change = await changeFrom(command, about, input)
  await apply(command, about, change)
  await saveTicket(command, about.edit)
  return { ticketId: about.edit.before.id, messageIds: [about.message.id] }
}

async function changeFrom(command: Command, about: MessageEdit, input: Shape): Promise<Change> {
  const { message } = about
  const columns: Partial<WholeMessage> = {}
  const fields: MessageField[] = []
  const path = ['input']
  if (input.body != null) {
    const made = await bodyOf(command, about, input.body)
    if (Object.entries(made).some(([name, value]) => !isSame(message[name as 'bodyText'], value))) {
      Object.assign(columns, made, { extractedText: null, translations: [] })
      fields.push('body')
    }
  }
  if (input.isInternal != null && input.isInternal !== message.isInternal) {
    Object.assign(columns, visibilityOf(about, input.isInternal))
    fields.push('isInternal')
  }
  const mentioned = input.mentionAgentIds == null ? null : await mentionedFrom(command, about, input.mentionAgentIds)
  if (mentioned && !isSame(mentioned, await mentionedNow(command, message))) fields.push('mentions')
  if (input.isRead != null && input.isRead !== message.isRead)
    Object.assign(columns, { isRead: input.isRead, readAt: input.isRead ? command.now : null })
  refuseImpossible(about, fields)
  return { columns, mentioned: fields.includes('mentions') ? mentioned : null, fields }

  async function bodyOf(of: Command, { message: row, backend }: MessageEdit, body: NonNullable<Shape['body']>) {
    const made = await bodyFrom(of, body, [...path, 'body'], { mayBeEmpty: row.attachmentCount > 0 })
    const { longestTextChars } = vendorOf(backend).writing
    if (longestTextChars !== null) plausible.bodySize(made.bodyText, [...path, 'body'], longestTextChars)
    return { ...made, contentType: contentTypeOf(body) }
  }
}

const inputNameOf: Record<MessageField, string> = {
  body: 'body',
  isInternal: 'isInternal',
  mentions: 'mentionAgentIds',
}

/** What the help desk has it can be told of in part only. @throws CommandError */
function refuseImpossible({ message, backend, own }: MessageEdit, fields: MessageField[]): void {
  if (isUnsent(message, own)) return
  const possible = editableFields(backend, message.type)
  for (const field of fields) {
    if (!possible.includes(field)) throw unsupported(backend, 'MESSAGE_EDIT', ['input', inputNameOf[field]])
  }
}

function visibilityOf({ message, backend, own }: MessageEdit, isInternal: boolean): Partial<WholeMessage> {
  const path = ['input', 'isInternal']
  if (message.type === 'NOTE_PRIVATE' || message.type === 'NOTE_PUBLIC') {
    const type = isInternal ? 'NOTE_PRIVATE' : 'NOTE_PUBLIC'
    if (levelOf(backend, type) !== 'NATIVE') throw unsupported(backend, type, path)
    return { type, isInternal, direction: isInternal ? 'INTERNAL' : 'OUTBOUND' }
  }
  if (isUnsent(message, own))
    throw invalid(path, 'Expected a note: what is to be sent as an answer is no note. Withdraw it instead.', 'note')
  return { isInternal, direction: isInternal ? 'INTERNAL' : 'OUTBOUND' }
}

// ------------------------------------------------------------------ mentions

async function mentionedFrom(
  command: Command,
  { message, backend }: MessageEdit,
  given: readonly string[],
): Promise<string[]> {
  const path = ['input', 'mentionAgentIds']
  if (message.type !== 'NOTE_PRIVATE' && message.type !== 'NOTE_PUBLIC')
    throw invalid(path, 'Expected mentions in a note only: a customer would read them.', 'note')
  if (!canDo(vendorOf(backend).capabilities.MENTIONS.level)) throw unsupported(backend, 'MENTIONS', path)
  if (given.length > MOST_MENTIONS)
    throw invalid(path, `Expected at most ${MOST_MENTIONS}, got ${given.length}.`, `maxItems=${MOST_MENTIONS}`)
  const agents = await plausible.each(given, (id, index) => agentFrom(command, id, backend.id, [...path, index]))
  return [...new Set(agents.map(({ id }) => id))].sort()
}

async function mentionedNow({ tx, workspaceId }: Command, { id }: WholeMessage): Promise<string[]> {
  const rows = await tx
    .select({ agentId: mentions.agentId })
    .from(mentions)
    .where(and(eq(mentions.workspaceId, workspaceId), eq(mentions.messageId, id)))
  return [...new Set(rows.map(({ agentId }) => agentId))].sort()
}

/** Who stays mentioned keeps having read it or not. */
async function writeMentions(command: Command, { message }: MessageEdit, agentIds: string[]): Promise<void> {
  const { tx, workspaceId, viewer, now } = command
  const known = await mentionedNow(command, message)
  await tx
    .delete(mentions)
    .where(
      and(
        eq(mentions.workspaceId, workspaceId),
        eq(mentions.messageId, message.id),
        not(anyOfIds(mentions.agentId, agentIds)),
      ),
    )
  const added = agentIds.filter((id) => !known.includes(id))
  if (added.length === 0) return
  await tx.insert(mentions).values(
    added.map((agentId) => {
      const id = uuidv7()
      return {
        ...{ workspaceId, id, backendId: message.backendId, ticketId: message.ticketId, messageId: message.id },
        ...{ externalId: newExternalId(id), agentId, mentionedById: viewer.actorId },
        ...{ isRead: false, createdAt: now, contentHash: '' },
      }
    }),
  )
}

// ------------------------------------------------------------------ writing

async function apply(command: Command, about: MessageEdit, { columns, mentioned, fields }: Change): Promise<void> {
  const { edit, message, own } = about
  if (mentioned) {
    await writeMentions(command, about, mentioned)
    edit.alsoChanged.add('mentions')
  }
  if (Object.keys(columns).length === 0 && fields.length === 0) return
  const isSent = !isUnsent(message, own)
  if (isSent) await promiseChange(command, about, { columns, mentioned, fields })
  const isOtherwise = fields.includes('body') || fields.includes('isInternal')
  await rewriteMessage(command, about, {
    ...columns,
    // Read marks are ours: the help desk's next answer need not say anything of them.
    ...(isOtherwise && { contentHash: '', updatedAt: command.now, updatedById: command.viewer.actorId }),
    // What nobody has seen was not edited.
    ...(isOtherwise && isSent && { isEdited: true }),
  })
}

async function promiseChange(command: Command, about: MessageEdit, { columns, mentioned, fields }: Change) {
  const { edit, message, backend, homeId } = about
  const { capabilities } = vendorOf(backend)
  const told = fields.filter((field) => field !== 'mentions' || capabilities.MENTIONS.level === 'NATIVE')
  if (told.length === 0 || capabilities.MESSAGE_EDIT.level !== 'NATIVE') return
  const { isInternal } = columns
  const input: DeliveryInputs['updateMessage'] = {
    hasBody: told.includes('body'),
    ...(isInternal !== undefined && { isInternal }),
    ...(mentioned && told.includes('mentions') && { mentionedAgentIds: mentioned }),
  }
  const replaced = ['isEdited', 'updatedAt', 'updatedById', ...Object.keys(columns)] as (keyof WholeMessage)[]
  const before = Object.fromEntries(replaced.map((name) => [name, message[name]]))
  await promise(command, {
    ...{ backendId: message.backendId, ticketId: homeId, lanes: [edit.before.id], messageId: message.id },
    ...{ operation: 'updateMessage', input, before: { kind: 'message', before } },
  })
}
