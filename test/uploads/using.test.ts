// What becomes of an uploaded file: a message takes it, or it is removed in time.
import { desc, eq } from 'drizzle-orm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { attachments, storedLeftovers } from '#domain/attachments/table.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import { startSweeping } from '#flows/sweeping/sweeping.ts'
import { sweepUploads } from '#flows/sweeping/uploads.ts'
import { temporaryStorage } from '../support/storage.ts'
import { silent } from '../syncing/backend.ts'
import { openDesk } from './desk.ts'

const storage = temporaryStorage()
const desk = await openDesk(storage)
const { db, tickets, uploaded, announce } = desk

type Sent = {
  message: { id: string; attachments: { id: string; name: string; status: string; downloadUrl: string }[] } | null
  errors: { code: string; path: string[]; message: string }[]
}

async function send(ticketId: string, attachmentIds: string[], type = 'REPLY_OUTBOUND'): Promise<Sent> {
  const { data, errors } = await desk.ask(
    `mutation ($input: MessageSendInput!) { messageSend(input: $input) {
      message { id attachments { id name status downloadUrl } } errors { code path message } } }`,
    { input: { ticketId, entry: { type, body: { text: 'See the file.' }, attachmentIds } } },
  )
  if (errors) throw new Error(JSON.stringify(errors))
  return (data as { messageSend: Sent }).messageSend
}

test.each(['REPLY_OUTBOUND', 'NOTE_PRIVATE'])('a file goes out with a %s and is kept with it', async (type) => {
  const id = await uploaded({ ticketId: tickets.woot, name: 'log.txt' })
  const { message, errors } = await send(tickets.woot, [id], type)
  expect(errors).toEqual([])
  expect(message?.attachments).toMatchObject([{ id, name: 'log.txt', status: 'OK' }])
  expect(await (await fetch(message?.attachments[0]?.downloadUrl as string)).text()).toBe('hello')
  const [row] = (await desk.rows()).slice(-1)
  expect(row).toMatchObject({ expires_at: null, storage_key: expect.any(String) })
  const [delivery] = await db.select().from(deliveries).orderBy(desc(deliveries.position)).limit(1)
  const input = { messageIds: [row?.message_id] }
  expect(delivery).toMatchObject({ operation: 'createMessages', state: 'QUEUED', input })
  expect(Buffer.from(await storage.bytes(row?.storage_key as string)).toString()).toBe('hello')
})

test('a file is downloaded whole whatever size the help desk gives it', async () => {
  const { message } = await send(tickets.woot, [await uploaded()])
  await db.update(attachments).set({ sizeBytes: 1024 })
  const download = await fetch(message?.attachments[0]?.downloadUrl as string)
  expect([download.headers.get('content-length'), await download.text()]).toEqual(['5', 'hello'])
})

test('a file that was announced without a ticket can go to any', async () => {
  const { message } = await send(tickets.comm, [await uploaded()])
  expect(message?.attachments).toHaveLength(1)
  expect((await desk.rows()).at(-1)).toMatchObject({ ticket_id: expect.any(String), backend_id: expect.any(String) })
})

test('a file that is not uploaded, of another ticket, on a message already, or too old, is refused and nothing is sent', async () => {
  const before = await db.$count(deliveries)
  const path = ['input', 'entry', 'attachmentIds', '0']
  const announced = (await announce({ ticketId: tickets.woot })).attachment?.id as string
  expect((await send(tickets.woot, [announced])).errors).toMatchObject([{ code: 'ATTACHMENT_NOT_READY', path }])
  const elsewhere = await uploaded({ ticketId: tickets.comm })
  expect((await send(tickets.woot, [elsewhere])).errors).toMatchObject([{ code: 'NOT_FOUND', path }])
  const old = await uploaded()
  await db
    .update(attachments)
    .set({ expiresAt: new Date(Date.now() - 1000) })
    .where(eq(attachments.status, 'OK'))
  expect((await send(tickets.woot, [old])).errors).toMatchObject([{ code: 'NOT_FOUND', path }])
  expect(await db.$count(deliveries)).toBe(before)
  const used = await uploaded()
  await send(tickets.woot, [used])
  expect((await send(tickets.woot, [used])).errors).toMatchObject([{ code: 'VALIDATION_FAILED', path }])
})

test('what nothing used goes after a day, and its bytes an hour later; what is used or young stays', async () => {
  await db.delete(attachments)
  await db.delete(storedLeftovers)
  for (const file of storage.files()) await storage.delete(file)
  const used = await uploaded()
  await send(tickets.woot, [used])
  await uploaded({ name: 'old' })
  await announce({ name: 'old and empty' })
  const expired = new Date(Date.now() - 61 * 60_000)
  await db.update(attachments).set({ expiresAt: expired }).where(eq(attachments.status, 'UNAVAILABLE'))
  await db.update(attachments).set({ expiresAt: expired }).where(eq(attachments.name, 'old'))
  await uploaded({ name: 'young' })
  await uploaded({ name: 'just over' })
  const justOver = new Date(Date.now() - 59 * 60_000)
  await db.update(attachments).set({ expiresAt: justOver }).where(eq(attachments.name, 'just over'))

  expect(await sweepUploads({ db, log: silent, storage })).toEqual({ uploads: 2, leftovers: 0 })
  expect((await desk.rows()).map(({ name }) => name)).toEqual(['log.txt', 'young', 'just over'])
  expect(storage.files()).toHaveLength(4)

  await leftLongAgo()
  const sweeping = startSweeping({ db, log: silent, storage })
  onTestFinished(() => sweeping.stop())
  await vi.waitFor(() => expect(storage.files()).toHaveLength(3))
  await vi.waitFor(async () => expect(await db.$count(storedLeftovers)).toBe(0))
})

const leftLongAgo = () => db.update(storedLeftovers).set({ leftAt: new Date(Date.now() - 61 * 60_000) })
