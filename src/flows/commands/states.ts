/** Read marks and the recycle bin: at the help desk where it has them, else kept here. */
import { and, eq, lte, type SQL, sql } from 'drizzle-orm'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { conversations } from '#domain/conversations/table.ts'
import type { Seen } from '#domain/looks/looking.ts'
import { recounted } from '#domain/messages/recounting.ts'
import { isSeen, messages } from '#domain/messages/table.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import { forbidden } from '#domain/viewer/permissions.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import type { SupportLevel } from '#vocabulary.ts'
import { look } from './looks.ts'
import type { Command } from './outcome.ts'
import { forbiddenError, permit } from './permits.ts'
import { missing, type Path, unsupported } from './problem.ts'
import { promise } from './promise.ts'
import type { TicketEdit } from './ticket-edit.ts'

export type Side = 'AGENT' | 'CONTACT'
const columnOf = { AGENT: 'isReadByAgent', CONTACT: 'isReadByContact' } as const

/** `upToMessageId`: only what came up to it counts as read. @throws CommandError */
export async function markTicket(
  command: Command,
  edit: TicketEdit,
  {
    isRead,
    side,
    upToMessageId = null,
    isOwnLook = true,
    path,
  }: { isRead: boolean; side: Side; upToMessageId?: string | null; isOwnLook?: boolean; path: Path },
): Promise<void> {
  const level = permitMark(command, edit, { side, backend: edit.backend, path })
  const upTo = isRead && upToMessageId !== null ? await momentOf(command, edit, { nodeId: upToMessageId, path }) : null
  const seen: Seen = !isRead ? 'PUT_BACK' : upTo === null ? 'EVERYTHING' : { upTo }
  if (side === 'AGENT' && isOwnLook) await look(command, edit, seen)
  if (isRead) await noteReader(command, edit, side, upTo)
  const isAllRead = isRead && (upTo === null || !(await hasNewer(command, edit, side, upTo)))
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

/** How this side's read state is kept for that help desk. `sidePath`: what names the side. @throws CommandError */
export function permitMark(
  command: Command,
  edit: TicketEdit,
  { side, backend, path, sidePath = path }: { side: Side; backend: BackendRow; path: Path; sidePath?: Path },
): SupportLevel {
  if (command.viewer.role === 'CONTACT' && side === 'AGENT') throw forbiddenError(forbidden.explanation, sidePath)
  permit(command, edit, 'markRead', path)
  const { name, writing } = vendorOf(backend)
  const level = side === 'AGENT' ? writing.readState.agent : writing.readState.contact
  if (canDo(level)) return level
  const whose = side === 'AGENT' ? 'the agents have' : 'the customer has'
  throw unsupported(backend, 'TICKET_READ_STATE', sidePath, `${name} cannot be told what ${whose} read.`)
}

async function withReadState({ tx, workspaceId }: Command, row: WholeTicket, level: string): Promise<WholeTicket> {
  const [counted] = await recounted(tx, workspaceId, [row])
  return { ...(counted as WholeTicket), readStateSource: level === 'NATIVE' ? row.readStateSource : 'GATEWAY' }
}

/** Of a message of the ticket. @throws CommandError */
async function momentOf(
  { tx, workspaceId, viewer }: Command,
  { before }: TicketEdit,
  { nodeId, path }: { nodeId: string; path: Path },
): Promise<Date> {
  const id = idFrom(nodeId, 'Message')
  const [row] = id
    ? await tx
        .select({ at: messages.at })
        .from(messages)
        .where(
          and(
            eq(messages.workspaceId, workspaceId),
            eq(messages.ticketId, before.id),
            eq(messages.id, id),
            isSeen[sightOf(viewer)],
          ),
        )
    : []
  if (!row) throw missing('message of this ticket', nodeId, [...path, 'upToMessageId'])
  return row.at
}

/** Agents read messages, of customers it is known when they last looked. `upTo` null: everything. */
async function noteReader(command: Command, { before }: TicketEdit, side: Side, upTo: Date | null): Promise<void> {
  const { tx, workspaceId, now } = command
  if (side === 'AGENT') {
    await readMessages(command, and(eq(messages.ticketId, before.id), upTo ? lte(messages.at, upTo) : undefined))
    return
  }
  const seenAt = (upTo ?? now).toISOString()
  await tx
    .update(conversations)
    .set({ contactLastSeenAt: sql`greatest(contact_last_seen_at, ${seenAt}::timestamptz)` })
    .where(and(eq(conversations.workspaceId, workspaceId), eq(conversations.ticketId, before.id)))
}

/** Whether something came for this side after a moment. */
async function hasNewer({ tx, workspaceId }: Command, { before }: TicketEdit, side: Side, moment: Date) {
  const direction = side === 'AGENT' ? 'INBOUND' : 'OUTBOUND'
  const [newer] = await tx
    .select({ id: messages.id })
    .from(messages)
    .where(
      and(
        eq(messages.workspaceId, workspaceId),
        eq(messages.ticketId, before.id),
        eq(messages.direction, direction),
        sql`${messages.at} > ${moment.toISOString()}`,
      ),
    )
    .limit(1)
  return newer !== undefined
}

/** Of those that came in; single messages are marked for the agents only. */
export async function readMessages({ tx, workspaceId, now }: Command, which: SQL | undefined): Promise<void> {
  await tx
    .update(messages)
    .set({ isRead: true, readAt: now })
    .where(
      and(eq(messages.workspaceId, workspaceId), which, eq(messages.direction, 'INBOUND'), eq(messages.isRead, false)),
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
