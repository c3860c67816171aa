/** Tickets that a test makes and changes itself, as the sync and the commands do: rows and lines in one transaction. */
import { randomUUID } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { actors } from '#domain/actors/table.ts'
import { type Change, insertChanges } from '#domain/changes/log.ts'
import { conversations } from '#domain/conversations/table.ts'
import { messages } from '#domain/messages/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { workspaces } from '#domain/workspaces/table.ts'
import { registerBackends } from '#flows/sync/register.ts'
import type { Db } from '#platform/db/client.ts'

export async function openDesk(db: Db, workspaceId: string) {
  const [workspace] = await db.select().from(workspaces).where(eq(workspaces.id, workspaceId))
  if (!workspace) throw new Error('no workspace')
  const [row] = await registerBackends(db, [
    { workspace: { key: workspace.key, name: workspace.name }, key: 'desk', name: 'Desk', vendor: 'chatwoot' },
  ])
  if (!row) throw new Error('not registered')
  const { backendId } = row

  const line = (ticketId: string, more: Partial<Change>): Change => ({
    ...{ workspaceId, ticketId, messageId: null, kind: 'UPDATED', changedFields: [], version: null },
    ...{ source: 'COMMAND', at: new Date(), ...more },
  })

  async function changeIn(
    tx: Db,
    id: string,
    values: Partial<typeof tickets.$inferInsert>,
    more: Partial<Change> = {},
  ): Promise<void> {
    await tx
      .update(tickets)
      .set(values)
      .where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.id, id)))
    await insertChanges(tx, [line(id, { changedFields: Object.keys(values), ...more })])
  }

  return {
    backendId,
    line,
    async ticket(values: Partial<typeof tickets.$inferInsert> = {}): Promise<string> {
      const id = randomUUID()
      const now = new Date()
      await db.transaction(async (tx) => {
        await tx.insert(tickets).values({
          ...{ workspaceId, id, backendId, externalId: id, number: id.slice(0, 8), subject: 'A ticket', status: 'NEW' },
          ...{ statusDetail: { raw: 'open', label: 'open' }, readStateSource: 'GATEWAY', isReadByAgent: false },
          ...{ isReadByContact: true, createdAt: now, updatedAt: now, lastActivityAt: now, fetchedAt: now },
          ...{ contentHash: '', ...values },
        })
        await insertChanges(tx, [line(id, { kind: 'CREATED' })])
      })
      return id
    },
    change(id: string, values: Partial<typeof tickets.$inferInsert>, more: Partial<Change> = {}): Promise<void> {
      return db.transaction((tx) => changeIn(tx, id, values, more))
    },
    changeIn,
    async remove(id: string): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.delete(tickets).where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.id, id)))
        await insertChanges(tx, [line(id, { kind: 'DELETED' })])
      })
    },
    async contact(displayName: string): Promise<string> {
      const id = randomUUID()
      await db.insert(actors).values({ workspaceId, id, backendId, type: 'CONTACT', externalId: id, displayName })
      return id
    },
    async message(ticketId: string, values: Partial<typeof messages.$inferInsert>): Promise<string> {
      const [id, conversationId] = [randomUUID(), randomUUID()]
      const now = new Date()
      const times = { createdAt: now, updatedAt: now }
      await db.transaction(async (tx) => {
        await tx.insert(conversations).values({
          ...{ workspaceId, id: conversationId, backendId, ticketId, externalId: conversationId, ...times },
          ...{ type: 'REPLY_OUTBOUND', status: 'NEW', statusDetail: { raw: 'open', label: 'open' } },
          ...{ lastActivityAt: now, contentHash: '' },
        })
        await tx.insert(messages).values({
          ...{ workspaceId, id, backendId, ticketId, conversationId, externalId: id, sequence: 1, at: now, ...times },
          ...{ type: 'REPLY_OUTBOUND', direction: 'OUTBOUND', contentType: 'TEXT', isInternal: false },
          ...{ contentHash: '', ...values },
        })
        await insertChanges(tx, [line(ticketId, { messageId: id, kind: 'CREATED' })])
      })
      return id
    },
  }
}
