// Bytes of uploads whose attachment is gone, or was given another place: they go too, once nobody can need them.
import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { attachments, storedLeftovers } from '#domain/attachments/table.ts'
import { sweepUploads } from '#flows/sweeping/uploads.ts'
import { temporaryStorage } from '../support/storage.ts'
import { silent } from '../syncing/backend.ts'
import { openDesk } from './desk.ts'

const storage = temporaryStorage()
const desk = await openDesk(storage)
const { db, tickets, uploaded, announce } = desk

beforeEach(async () => {
  await db.delete(attachments)
  await db.delete(storedLeftovers)
  for (const file of storage.files()) await storage.delete(file)
})

/** A file that went out with a reply; the place of its bytes. */
async function sent(ticketId = tickets.comm): Promise<string> {
  const input = {
    ticketId,
    entry: { body: { text: 'See the file.' }, attachmentIds: [await uploaded()] },
  }
  const { data } = await desk.ask(
    'mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id } errors { message } } }',
    { input },
  )
  expect(data).toMatchObject({ messageSend: { message: { id: expect.any(String) }, errors: [] } })
  return ((await desk.rows()).at(-1) as { storage_key: string }).storage_key
}
const noted = async () => (await db.select().from(storedLeftovers)).map(({ storageKey }) => storageKey)
/** What each upload leaves at once: the place it was announced with, before anything was written. */
const forget = () => db.delete(storedLeftovers)
const anHourPasses = () => db.update(storedLeftovers).set({ leftAt: sql`left_at - interval '61 minutes'` })
const swept = () => sweepUploads({ db, log: silent, storage })

test.each([
  ['its row', (key: string) => sql`delete from attachments where storage_key = ${key}`],
  [
    'its message',
    (key: string) =>
      sql`delete from messages where id = (select message_id from attachments where storage_key = ${key})`,
  ],
  [
    'its ticket',
    (key: string) => sql`delete from tickets where id = (select ticket_id from attachments where storage_key = ${key})`,
  ],
])('bytes go an hour after %s', async (_what, remove) => {
  const [key, kept] = [await sent(tickets.woot), await uploaded()]
  await forget()
  await db.execute(remove(key))
  expect(await noted()).toEqual([key])
  expect(await swept()).toEqual({ uploads: 0, leftovers: 0 })
  expect(storage.files()).toHaveLength(2)
  await anHourPasses()
  expect(await swept()).toEqual({ uploads: 0, leftovers: 1 })
  expect(storage.files()).toHaveLength(1)
  expect(storage.files()).not.toContain(key)
  expect(await noted()).toEqual([])
  expect(await desk.attachment(kept)).toMatchObject({ status: 'OK' })
})

test('a removal that is undone leaves nothing to sweep', async () => {
  const key = await sent()
  await forget()
  await expect(
    db.transaction(async (tx) => {
      await tx.delete(attachments)
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect([await noted(), storage.files()]).toEqual([[], [key]])
})

test("a help desk's own files leave nothing", async () => {
  await uploaded()
  await forget()
  await db.execute(sql`
    insert into attachments (workspace_id, id, external_id, name, kind, status)
    values (${desk.workspaceId}, ${randomUUID()}, 'theirs', 'theirs', 'FILE', 'OK')`)
  await db.delete(attachments).where(eq(attachments.name, 'theirs'))
  await db.update(attachments).set({ name: 'renamed', storageKey: sql`storage_key` })
  expect(await noted()).toEqual([])
})

test('what another attachment still has stays until that one goes too', async () => {
  const key = await sent()
  await forget()
  await db.execute(sql`
    insert into attachments (workspace_id, id, external_id, name, kind, status, storage_key)
    values (${desk.workspaceId}, ${randomUUID()}, 'copy', 'copy', 'FILE', 'OK', ${key})`)
  await db.delete(attachments).where(eq(attachments.name, 'log.txt'))
  await anHourPasses()
  expect(await swept()).toEqual({ uploads: 0, leftovers: 1 })
  expect([await noted(), storage.files()]).toEqual([[], [key]])
  await db.delete(attachments)
  await anHourPasses()
  expect(await swept()).toEqual({ uploads: 0, leftovers: 1 })
  expect(storage.files()).toEqual([])
})

test('two that have the same bytes and go at once leave them', async () => {
  const key = await sent()
  await forget()
  await db.execute(sql`
    insert into attachments (workspace_id, id, external_id, name, kind, status, storage_key)
    values (${desk.workspaceId}, ${randomUUID()}, 'copy', 'copy', 'FILE', 'OK', ${key})`)
  await db
    .transaction(async (tx) => {
      await tx.delete(attachments).where(eq(attachments.name, 'copy'))
      // It waits for the first where both note the same place.
      const other = db.delete(attachments).where(eq(attachments.name, 'log.txt')).execute()
      await Promise.race([other, new Promise((resolve) => setTimeout(resolve, 200))])
      return { other }
    })
    .then(({ other }) => other)
  expect(await noted()).toEqual([key])
  await anHourPasses()
  await swept()
  expect(storage.files()).toEqual([])
})

test('an upload that is begun again leaves its earlier place, where a broken-off one may have written', async () => {
  const { uploadUrl } = await announce()
  const [announced] = await db.select().from(attachments)
  expect(await noted()).toEqual([])
  await fetch(uploadUrl as string, { method: 'PUT', body: 'hello' })
  expect(await noted()).toEqual([announced?.storageKey])
  const [key] = storage.files()
  await forget()
  await db.update(attachments).set({ storageKey: null })
  expect(await noted()).toEqual([key])
})

test('what the storage cannot remove now is removed the next time', async () => {
  const [stuck, other] = [await sent(), await sent()]
  await forget()
  await db.delete(attachments)
  await anHourPasses()
  const failing = { delete: (key: string) => (key === stuck ? Promise.reject(new Error('no')) : storage.delete(key)) }
  expect(await sweepUploads({ db, log: silent, storage: failing })).toEqual({ uploads: 0, leftovers: 1 })
  expect([await noted(), storage.files()]).toEqual([[stuck], [stuck]])
  expect(other).not.toBe(stuck)
  expect(await swept()).toEqual({ uploads: 0, leftovers: 1 })
  expect([await noted(), storage.files()]).toEqual([[], []])
})

test('more than one portion goes in one sweep', async () => {
  await db.execute(sql`
    insert into stored_leftovers select ${desk.workspaceId}, ${desk.workspaceId} || '/' || n, now() - interval '2 hours'
    from generate_series(1, 1203) n`)
  expect(await swept()).toEqual({ uploads: 0, leftovers: 1203 })
  expect(await noted()).toEqual([])
})
