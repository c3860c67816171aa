/** Read marks and the recycle bin: at the help desk where it has them, else kept here. */
import { and, eq, lte, sql } from 'drizzle-orm'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { recounted } from '#domain/messages/recounting.ts'
import { messages } from '#domain/messages/table.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import { forbidden } from '#domain/viewer/permissions.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { Command } from './outcome.ts'
import { forbiddenError, permit } from './permits.ts'
import { missing, type Path, unsupported } from './problem.ts'
import { promise } from './promise.ts'
import type { TicketEdit } from './ticket-edit.ts'

type Side = 'AGENT' | 'CONTACT'
const columnOf = { AGENT: 'isReadByAgent', CONTACT: 'isReadByContact' } as const

/** `upToMessageId`: only what came up to it counts as read. @throws CommandError */
export async function markTicket(
  command: Command,
  edit: TicketEdit,
  {
    isRead,
    side,
    upToMessageId = null,
    path,
  }: { isRead: boolean; side: Side; upToMessageId?: string | null; path: Path },
): Promise<void> {
  if (command.viewer.role === 'CONTACT' && side === 'AGENT') throw forbiddenError(forbidden.explanation, path)
  permit(command, edit, 'markRead', path)
  const { writing } = vendorOf(edit.backend)
  const level = side === 'AGENT' ? writing.readState.agent : writing.readState.contact
  if (!canDo(level)) {
    const whose = side === 'AGENT' ? 'the agents have' : 'the customer has'
    throw unsupported(
      edit.backend,
      'TICKET_READ_STATE',
      path,
      `${vendorOf(edit.backend).name} cannot be told what ${whose} read.`,
    )
  }
  const isAllRead =
    isRead && (upToMessageId === null || (await readUpTo(command, edit, side, { nodeId: upToMessageId, path })))
  if (isRead && upToMessageId === null && side === 'AGENT') await readMessages(command, edit, null)
  const column = columnOf[side]
  const wasRead = edit.after[column]
  const next = isRead ? isAllRead || wasRead : false
  if (next === wasRead) return
  const earlier = edit.after
  edit.after = await withReadState(command, { ...earlier, [column]: next }, level)
  edit.undo.push({ kind: 'readState', ticketId: edit.before.id, side, wasRead })
  if (level !== 'NATIVE') return
  const { unreadMessageCount } = earlier
  await promise(command, {
    ...{ backendId: edit.before.backendId, ticketId: edit.before.id, operation: 'markTicket' },
    input: { side, isRead: next },
    fields: ['readState'],
    before: {
      kind: 'fields',
      before: { [column]: wasRead, unreadMessageCount },
      after: { [column]: next, unreadMessageCount: edit.after.unreadMessageCount },
      tags: null,
    },
  })
}

async function withReadState({ tx, workspaceId }: Command, row: WholeTicket, level: string): Promise<WholeTicket> {
  const [counted] = await recounted(tx, workspaceId, [row])
  return { ...(counted as WholeTicket), readStateSource: level === 'NATIVE' ? row.readStateSource : 'GATEWAY' }
}

/** Says whether nothing newer came for this side. */
async function readUpTo(
  command: Command,
  { before }: TicketEdit,
  side: Side,
  { nodeId, path }: { nodeId: string; path: Path },
): Promise<boolean> {
  const { tx, workspaceId } = command
  const id = idFrom(nodeId, 'Message')
  const ofTicket = and(eq(messages.workspaceId, workspaceId), eq(messages.ticketId, before.id))
  const [last] = id
    ? await tx
        .select({ at: messages.at })
        .from(messages)
        .where(and(ofTicket, eq(messages.id, id)))
    : []
  if (!last) throw missing('message of this ticket', nodeId, [...path, 'upToMessageId'])
  // Single messages are marked for the agents only.
  if (side === 'AGENT') await readMessages(command, { before }, last.at)
  const direction = side === 'AGENT' ? 'INBOUND' : 'OUTBOUND'
  const [newer] = await tx
    .select({ id: messages.id })
    .from(messages)
    .where(and(ofTicket, eq(messages.direction, direction), sql`${messages.at} > ${last.at.toISOString()}`))
    .limit(1)
  return !newer
}

async function readMessages(
  { tx, workspaceId, now }: Command,
  { before }: Pick<TicketEdit, 'before'>,
  upTo: Date | null,
) {
  await tx
    .update(messages)
    .set({ isRead: true, readAt: now })
    .where(
      and(
        eq(messages.workspaceId, workspaceId),
        eq(messages.ticketId, before.id),
        eq(messages.direction, 'INBOUND'),
        eq(messages.isRead, false),
        upTo ? lte(messages.at, upTo) : undefined,
      ),
    )
}

/** Into the recycle bin or out of it; never a deletion. @throws CommandError */
export async function setRecycled(command: Command, edit: TicketEdit, isRecycled: boolean, path: Path): Promise<void> {
  const { isRecycled: wasRecycled, recycledAt } = edit.after
  if (wasRecycled === isRecycled) return
  permit(command, edit, isRecycled ? 'recycle' : 'restore', path)
  const capability = isRecycled ? 'TICKET_RECYCLE' : 'TICKET_RESTORE'
  const { level } = vendorOf(edit.backend).capabilities[capability]
  if (!canDo(level)) throw unsupported(edit.backend, capability, path)
  const next = isRecycled ? command.now : null
  edit.after = { ...edit.after, isRecycled, recycledAt: next }
  edit.undo.push({ kind: 'recycling', ticketId: edit.before.id, wasRecycled })
  if (level !== 'NATIVE') return
  await promise(command, {
    ...{ backendId: edit.before.backendId, ticketId: edit.before.id, input: {}, fields: ['recycling'] },
    operation: isRecycled ? 'recycleTicket' : 'restoreTicket',
    before: {
      kind: 'fields',
      before: { isRecycled: wasRecycled, recycledAt: recycledAt?.toISOString() ?? null },
      after: { isRecycled, recycledAt: next?.toISOString() ?? null },
      tags: null,
    },
  })
}
