/** What a sync brings is unread again for those who have looked. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { noteLook } from '#domain/looks/looking.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { cleanerOfFile, newBackend, rowsOf, storeInto } from './backend.ts'
import { answer, message, minute, thread } from './scripted.ts'

const { db, pool } = await createTestDatabase()
const cleaner = cleanerOfFile()
const { during } = watchStatements(pool)

/** A ticket with a message and an answer of an agent, who has looked at it since. */
async function lookedAt() {
  const backend = await newBackend(db)
  const { workspaceId } = backend
  const store = storeInto(db, backend, { cleaner })
  await store({ tickets: [thread('1', [message('1'), answer('2')])] })
  const [{ id: ticketId }] = (await rowsOf<{ id: string }>(db, 'tickets', backend)) as [{ id: string }]
  const { rows } = await db.execute<{ id: string }>(
    sql`select id from actors where workspace_id = ${workspaceId} and type = 'AGENT'`,
  )
  const actorId = rows[0]?.id as string
  await noteLook(db, { workspaceId, actorId, ticketId }, 'EVERYTHING')
  async function unread() {
    const viewer: Viewer = { workspaceId, actorId, role: 'AGENT', scopes: usualScopes('AGENT'), tokenName: 'bob' }
    const gateway = await openTestGateway(db, { workspaceId, authenticate: () => viewer })
    const { data } = await gateway.ask('{ tickets { nodes { unreadMessageCount } } unreadCounts { allCount } }')
    await gateway.close()
    const { tickets, unreadCounts } = data as {
      tickets: { nodes: { unreadMessageCount: number }[] }
      unreadCounts: { allCount: number }
    }
    return [tickets.nodes[0]?.unreadMessageCount, unreadCounts.allCount]
  }
  return { store, unread }
}

test('a new message is unread for an agent who had read everything, and again for nobody when it is stored twice', async () => {
  const { store, unread } = await lookedAt()
  expect(await unread()).toEqual([0, 0])
  for (const _time of [1, 2]) {
    await store({ tickets: [thread('1', [message('3')], { updatedAt: minute(3) })] }, 1001)
    expect(await unread()).toEqual([1, 1])
  }
  await store({ tickets: [thread('1', [message('4'), message('5')], { updatedAt: minute(5) })] }, 1002)
  expect(await unread()).toEqual([3, 1])
})

test('a message that comes late, from before the look, is unread all the same', async () => {
  const { store, unread } = await lookedAt()
  const late = message('9', { at: minute(1.5), createdAt: minute(1.5) })
  await store({ tickets: [thread('1', [late], { updatedAt: minute(9) })] }, 1001)
  expect(await unread()).toEqual([1, 1])
})

test("an agent's own answer at the help desk is a look; a colleague's is not", async () => {
  const { store, unread } = await lookedAt()
  const colleague = { type: 'AGENT', externalId: '8', name: 'Eve' } as const
  await store(
    { tickets: [thread('1', [message('3'), answer('4', { sender: colleague })], { updatedAt: minute(4) })] },
    1001,
  )
  expect(await unread()).toEqual([1, 1])
  await store({ tickets: [thread('1', [answer('5')], { updatedAt: minute(5) })] }, 1002)
  expect(await unread()).toEqual([0, 0])
})

test('costs a first copy nothing', async () => {
  const store = storeInto(db, await newBackend(db), { cleaner })
  const { statements } = await during(() => store({ tickets: [thread('1', [message('1')])] }))
  expect(statements.filter(({ text }) => text.includes('ticket_looks'))).toEqual([])
})
