/** Answers a customer, and changes the ticket in the same step where wanted. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { WholeDraft } from '#domain/drafts/table.ts'
import { isSeen, messages } from '#domain/messages/table.ts'
import { conflict } from '#domain/tickets/conflict.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import { carryOut } from './command.ts'
import { keepAsDraft } from './draft-keeping.ts'
import { promiseDraftRemoval } from './draft-promises.ts'
import { draftsOf, isKeptThere, removeRow } from './draft-rows.ts'
import { addEntries } from './entries.ts'
import { type EntryShape, MessageEntryInput, onlyOnce, type PatchShape, TicketPatch } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { MessagePayload } from './payloads.ts'
import { CommandError, missing, type Path } from './problem.ts'
import { editTicket, saveTicket, type TicketEdit } from './ticket-edit.ts'
import { changeTicket } from './ticket-update.ts'
import { keepUndo } from './undo-steps.ts'

const MessageSendInput = builder.inputType('MessageSendInput', {
  description: 'What to say on which ticket.',
  fields: (t) => ({
    ticketId: t.id({ required: true, description: 'The ticket.' }),
    conversationId: t.id({ description: 'The conversation; by default the one of the latest activity.' }),
    entry: t.field({ type: MessageEntryInput, required: true, description: 'What to say.' }),
    patch: t.field({ type: TicketPatch, description: 'What to change of the ticket afterwards, as its status.' }),
    ifLastMessageId: t.id({
      description:
        'The newest message the writer saw. When somebody wrote since, nothing is sent and `newerMessages` has it.',
    }),
    draftId: t.id({
      description:
        'The draft it was written in: gone once it is sent, in the same step. Files of the draft may be among those of the entry.',
    }),
    ...onlyOnce(t),
  }),
})
type Shape = typeof MessageSendInput.$inferInput

builder.mutationField('messageSend', (t) =>
  t.field({
    type: MessagePayload,
    scopes: ['MESSAGES_WRITE'],
    description:
      'Sends a message. When the channel is closed or the quota used up, nothing is sent and it is kept as a draft of the ticket.',
    args: { input: t.arg({ type: MessageSendInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'messageSend', input, messageSend),
  }),
)

async function messageSend(command: Command, input: Shape): Promise<Outcome> {
  const edit = await editTicket(command, input.ticketId, ['input', 'ticketId'])
  if (input.ifLastMessageId != null) await refuseWhenOvertaken(command, edit, input.ifLastMessageId)
  const { entry, conversationId, patch } = input
  const draft = input.draftId == null ? null : await draftOf(command, edit, input.draftId)
  return sendEntry(command, edit, { entry, conversationId, draft, patch, path: ['input', 'entry'] }).catch((error) => {
    throw keepAsDraft(error, { ticketId: edit.before.id, entry, draftId: draft?.id ?? null })
  })
}

type Sending = {
  entry: EntryShape
  conversationId?: string | null | undefined
  /** What it was before. */
  draft: WholeDraft | null
  /** The history that is to stand under it. */
  quotedText?: string | null
  patch?: PatchShape | null | undefined
  /** Of the entry. */
  path: Path
}

/** Sends it, removes the draft it was, changes the ticket; all of it or nothing. @throws CommandError */
export async function sendEntry(
  command: Command,
  edit: TicketEdit,
  { entry, conversationId = null, draft, quotedText = null, patch, path }: Sending,
): Promise<Outcome> {
  const was = draft && { id: draft.id, quotedText }
  const options = { conversationId, draft: was, path: ['input'] }
  const written = await addEntries(command, edit, [{ entry, path }], options)
  if (draft) {
    edit.after = { ...edit.after, hasDraft: await removeRow(command, edit, draft) }
    edit.alsoChanged.add('draft')
    if (isKeptThere(edit.backend, draft.type)) await promiseDraftRemoval(command, edit, draft)
  }
  if (patch) await changeTicket(command, edit, patch, ['input', 'patch'])
  await saveTicket(command, edit)
  const messageIds = written.map(({ message }) => message.id)
  return { ticketId: edit.before.id, messageIds, ...(await keepUndo(command, edit.undo)) }
}

async function draftOf(command: Command, { before }: TicketEdit, nodeId: string): Promise<WholeDraft> {
  const id = idFrom(nodeId, 'Draft')
  const draft = (await draftsOf(command, before.id)).find((row) => row.id === id)
  if (!draft) throw missing('draft of this ticket', nodeId, ['input', 'draftId'])
  return draft
}

/** System lines do not count: nobody said them. */
async function refuseWhenOvertaken(
  { tx, workspaceId, viewer }: Command,
  { before }: TicketEdit,
  nodeId: string,
): Promise<void> {
  const path = ['input', 'ifLastMessageId']
  const id = idFrom(nodeId, 'Message')
  const isOfTicket = and(eq(messages.workspaceId, workspaceId), eq(messages.ticketId, before.id))
  const ofTicket = and(isOfTicket, isSeen[sightOf(viewer)])
  const place = { id: messages.id, at: messages.at, sequence: messages.sequence }
  const [last] = id
    ? await tx
        .select(place)
        .from(messages)
        .where(and(ofTicket, eq(messages.id, id)))
    : []
  if (!last) throw missing('message of this ticket', nodeId, path)
  const newer = await tx
    .select({ id: messages.id })
    .from(messages)
    .where(
      and(
        ofTicket,
        inArray(messages.direction, ['INBOUND', 'OUTBOUND', 'INTERNAL']),
        sql`${messages.type} <> 'SUGGESTED_REPLY' and not ${messages.isDeleted}`,
        sql`(${messages.at}, ${messages.sequence}, ${messages.id}) > (${last.at.toISOString()}, ${last.sequence}, ${last.id})`,
      ),
    )
    .orderBy(messages.at, messages.sequence, messages.id)
    .limit(50)
  if (newer.length === 0) return
  const message = 'Somebody wrote on this ticket meanwhile; nothing was sent.'
  const said = { message, path, currentVersion: before.version, changedFields: ['messages'], ticketId: before.id }
  const error = new CommandError(conflict(said))
  error.afterwards = async () => ({ ticketId: before.id, newerMessageIds: newer.map((row) => row.id) })
  throw error
}
