/** Adding entries to a ticket: written here at once, promised to its help desk, and counted. */
import { and, eq } from 'drizzle-orm'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { problemOf } from '#domain/backends/problems.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import { channels } from '#domain/channels/table.ts'
import type { WholeConversation } from '#domain/conversations/table.ts'
import type { Forwarded } from '#domain/deliveries/promise.ts'
import { recountConversations, recounted } from '#domain/messages/recounting.ts'
import { messages } from '#domain/messages/table.ts'
import type { PendingField } from '#domain/tickets/fields.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import { channelRefusal } from '#domain/viewer/permissions.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { changeOf } from './apply-patch.ts'
import { type Composed, compose } from './compose.ts'
import { conversationFor, insertConversations, newConversation, type Written, writeMessages } from './entry-rows.ts'
import type { EntryShape } from './inputs.ts'
import { look } from './looks.ts'
import type { Command } from './outcome.ts'
import { forbiddenError, permit, refused, requireScope } from './permits.ts'
import * as plausible from './plausible.ts'
import { CommandError, type Path, unsupported } from './problem.ts'
import { promise } from './promise.ts'
import { logChanges, type TicketEdit } from './ticket-edit.ts'

export type NewEntry = { entry: EntryShape; path: Path }

type EntriesOptions = {
  conversationId?: string | null
  /** What they were before: its files may come along, and the history that is to stand under them. */
  draft?: { id: string; quotedText: string | null } | null
  forwarded?: Forwarded
  path: Path
}

/** @throws CommandError; nothing was written then. */
export async function addEntries(
  command: Command,
  edit: TicketEdit,
  entries: NewEntry[],
  { conversationId = null, draft = null, forwarded, path }: EntriesOptions,
): Promise<Written[]> {
  refuseEntries(command, edit, entries)
  const like = await conversationFor(command, edit, conversationId, [...path, 'conversationId'])
  const backend = backendOf(command, edit, like)
  const quotedText = draft?.quotedText?.trim() ? draft.quotedText : null
  const composed = await plausible.each(entries, async ({ entry, path: at }) => {
    const made = await compose(command, entry, {
      ...{ backend, path: at, ticketId: edit.before.id, draftId: draft?.id ?? null },
      ...{ passesOn: forwarded !== undefined, isFirst: edit.isNew },
    })
    return quotedText === null ? made : { ...made, body: { ...made.body, quotedText } }
  })
  if (!edit.isNew && composed.some(({ entry }) => entry.type === 'REPLY_OUTBOUND')) refuseClosed(backend, like, path)
  await refuseCopies(command, edit, entries, { backend, conversation: like })
  const placed = await placesFor(command, edit, composed, like)
  const written = await writeMessages(command, placed, edit.before.id)
  const earlier = edit.after
  await noteEntries(command, edit, written)
  await promiseEntries(command, edit, written, { like, forwarded, quotedText, earlier })
  return written
}

/** Whether this viewer may write such things on a ticket in this state. @throws CommandError */
function refuseEntries(command: Command, edit: TicketEdit, entries: NewEntry[]): void {
  const { role, actorId, scopes } = command.viewer
  for (const { entry, path } of entries) {
    // Who may answer customers may tell them something beside as well.
    const isNote = entry.type === 'NOTE_PRIVATE' || (entry.type === 'NOTE_PUBLIC' && !scopes.has('MESSAGES_WRITE'))
    permit(command, edit, isNote ? 'addNote' : 'reply', path)
    if (entry.type === 'NOTE_PRIVATE') requireScope(command.viewer, 'NOTES_WRITE')
    if (role !== 'CONTACT') continue
    if (entry.type !== 'REPLY_INBOUND')
      throw forbiddenError('A customer writes entries of type REPLY_INBOUND only.', [...path, 'type'])
    const speaker = entry.sender?.contactId
    if (entry.sender && (speaker == null || idFrom(speaker, 'Contact') !== actorId))
      throw forbiddenError('A customer speaks for nobody else.', [...path, 'sender'])
    if (entry.at) throw forbiddenError('A customer writes now.', [...path, 'at'])
  }
}

/** Where a thread was moved by a merge, its own help desk gets the answer. */
function backendOf({ backends }: Command, edit: TicketEdit, conversation: WholeConversation | null): BackendRow {
  return backends.find(({ id }) => id === conversation?.backendId) ?? edit.backend
}

function refuseClosed(backend: BackendRow, conversation: WholeConversation | null, path: Path): void {
  const refusal = channelRefusal(backend, conversation)
  if (!refusal) return
  // It says more than the refusal does, as until when.
  const problem = problemOf(backend)
  if (problem?.code === refusal.reason) throw new CommandError({ ...problem, path: path.map(String) })
  throw refused(refusal, backend, path)
}

async function placesFor(
  command: Command,
  edit: TicketEdit,
  composed: Composed[],
  like: WholeConversation | null,
): Promise<{ composed: Composed; conversation: WholeConversation }[]> {
  const { isEntryConversation } = vendorOf(edit.backend).writing
  let shared = isEntryConversation ? null : like
  const made: WholeConversation[] = []
  const placed = composed.map((item) => {
    const conversation = shared ?? newConversation(command, edit, item.entry.type, like)
    if (conversation !== like && !made.includes(conversation)) made.push(conversation)
    if (!isEntryConversation) shared = conversation
    return { composed: item, conversation }
  })
  await insertConversations(command.tx, made)
  if (made.length > 0) edit.alsoChanged.add('conversations')
  return placed
}

/** @throws CommandError where nobody but the customer can be reached. */
async function refuseCopies(
  { tx, workspaceId }: Command,
  { after }: TicketEdit,
  entries: NewEntry[],
  { backend, conversation }: { backend: BackendRow; conversation: WholeConversation | null },
): Promise<void> {
  const copied = entries.find(({ entry }) =>
    entry.emailAddresses?.some(({ direction }) => direction === 'CC' || direction === 'BCC'),
  )
  const { name, writing } = vendorOf(backend)
  if (!copied || writing.copies === 'ALWAYS') return
  const path = [...copied.path, 'emailAddresses']
  if (writing.copies === 'NEVER') throw unsupported(backend, 'MESSAGE_SEND', path, `${name} sends no copies.`)
  const channelId = conversation?.channelId ?? after.channelId
  const [channel] = channelId
    ? await tx
        .select({ type: channels.type })
        .from(channels)
        .where(and(eq(channels.workspaceId, workspaceId), eq(channels.id, channelId)))
    : []
  if (channel && channel.type !== 'EMAIL')
    throw unsupported(backend, 'MESSAGE_SEND', path, `${name} sends copies by mail only, and this is no mail.`)
}

/** Not for a ticket that is only being made: its messages go out with it. */
export async function promiseEntries(
  command: Command,
  edit: TicketEdit,
  written: Written[],
  {
    like,
    forwarded,
    quotedText,
    earlier,
  }: {
    like: WholeConversation | null
    forwarded?: Forwarded | undefined
    quotedText?: string | null
    earlier: WholeTicket
  },
): Promise<void> {
  if (edit.isNew) return
  const replied: PendingField[] = ['lastReply']
  const changed = changeOf(earlier, edit.after, replied)
  const before = { kind: 'fields', ticketId: edit.before.id, ...changed, tags: null } as const
  const { entriesPerCall } = vendorOf(backendOf(command, edit, like)).writing
  for (let from = 0; from < written.length; from += entriesPerCall) {
    const share = written.slice(from, from + entriesPerCall)
    const [{ message: first } = written[0] as Written] = share
    const messageIds = share.map(({ message }) => message.id)
    const isReply = share.some(({ message }) => message.type === 'REPLY_OUTBOUND')
    const home = like?.originTicketId ?? edit.before.id
    const deliveryId = await promise(command, {
      ...{ backendId: first.backendId, ticketId: home, operation: 'createMessages', lanes: [edit.before.id] },
      input: {
        conversationId: first.conversationId,
        messageIds,
        ...(forwarded && { forwarded }),
        ...(quotedText && { quotedText }),
      },
      ...(isReply && { fields: replied, before }),
    })
    await setDelivery(command, messageIds, deliveryId)
  }
}

export async function setDelivery({ tx, workspaceId }: Command, messageIds: string[], deliveryId: string) {
  await tx
    .update(messages)
    .set({ deliveryId })
    .where(and(eq(messages.workspaceId, workspaceId), anyOfIds(messages.id, messageIds)))
}

async function noteEntries(command: Command, edit: TicketEdit, written: Written[]): Promise<void> {
  const conversationIds = [...new Set(written.map(({ message }) => message.conversationId))]
  await recountConversations(command.tx, command.workspaceId, conversationIds)
  const after = written.reduce((row, { message }) => withEntry(row, message, command.now), edit.after)
  const [counted] = await recounted(command.tx, command.workspaceId, [after])
  edit.after = counted as WholeTicket
  edit.alsoChanged.add('messages')
  // Who says something has read what was said before.
  if (written.some(({ message }) => message.senderId === command.viewer.actorId))
    await look(command, edit, 'EVERYTHING')
  if (written.some(({ composed }) => composed.mentioned.length > 0)) edit.alsoChanged.add('mentions')
  await logChanges(
    command,
    written.map(({ message }) => ({
      ...{ ticketId: edit.before.id, messageId: message.id, kind: 'CREATED', changedFields: [], version: null },
    })),
  )
}

function withEntry(row: WholeTicket, { type, at, senderId }: Written['message'], now: Date): WholeTicket {
  const lastActivityAt = at > row.lastActivityAt ? at : row.lastActivityAt
  if (type === 'REPLY_OUTBOUND') {
    const isNewest = row.lastRepliedAt === null || at >= row.lastRepliedAt
    return {
      ...row,
      lastActivityAt,
      lastRepliedAt: isNewest ? at : row.lastRepliedAt,
      lastRepliedById: isNewest ? senderId : row.lastRepliedById,
      firstRepliedAt: row.firstRepliedAt ?? at,
      ...(isNewest && { waitingSince: null, isReadByAgent: true, isReadByContact: false }),
    }
  }
  const isNews = type === 'REPLY_INBOUND' && at.getTime() >= now.getTime() - 1000
  return {
    ...row,
    lastActivityAt,
    ...(isNews && { isReadByAgent: false, isReadByContact: true, waitingSince: row.waitingSince ?? at }),
  }
}
