// `attachmentUploadCreate`: what is taken, what is refused, and that a refusal leaves nothing.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { gatewayForTest } from '../support/gateway.ts'
import { temporaryStorage } from '../support/storage.ts'
import { openDesk } from './desk.ts'

const MiB = 1024 * 1024
const desk = await openDesk(temporaryStorage({ maxBytes: 30 * MiB }))
const { announce, tickets } = desk

test('an announced file is there without bytes, and says where to put them', async () => {
  const before = Date.now()
  const said = await announce({
    ...{ ticketId: tickets.woot, name: 'photo.png', contentType: 'image/png', sizeBytes: 2048 },
    ...{ isInline: true, clientMutationId: 'mine' },
  })
  expect(said).toMatchObject({ uploadMethod: 'PUT', uploadFields: null, clientMutationId: 'mine', errors: [] })
  expect(said.attachment).toMatchObject({
    ...{ status: 'UNAVAILABLE', name: 'photo.png', contentType: 'image/png', kind: 'IMAGE', sizeBytes: 2048 },
    ...{ isInline: true, downloadUrl: null, ticket: { id: tickets.woot }, message: null },
  })
  expect(said.uploadUrl).toMatch(new RegExp(`^${new URL(desk.url).origin}/uploads/[\\w-]+\\.[\\w-]{43}$`))
  expect(Date.parse(said.expiresAt as string) - before).toBeGreaterThan(59 * 60_000)
  const row = (await desk.rows()).at(-1)
  expect(row).toMatchObject({ status: 'UNAVAILABLE', message_id: null, storage_key: expect.any(String) })
  expect(Number(row?.expires_at) - before).toBeGreaterThan(23 * 3600_000)
})

test('without a ticket it belongs to no help desk yet', async () => {
  const { attachment } = await announce()
  expect(attachment).toMatchObject({ ticket: null, kind: 'FILE', isInline: false })
  expect((await desk.rows()).at(-1)).toMatchObject({ backend_id: null, ticket_id: null })
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ana\\report.pdf', 'report.pdf'],
  ['/invoice\r\nSet-Cookie: a=b\t2.pdf', 'invoiceSet-Cookie: a=b2.pdf'],
  ['  bill \u0007 of  May.pdf . .', 'bill of May.pdf'],
  ['holiday\u202egpj.exe', 'holidaygpj.exe'],
  ['\ufeffre\u0301sume\u0301 📎.tar.gz', 'résumé 📎.tar.gz'],
  [`${'x'.repeat(251)}.txt`, `${'x'.repeat(251)}.txt`],
])('the name %j is kept as %j', async (given, kept) => {
  expect((await announce({ name: given })).attachment?.name).toBe(kept)
})

test.each([
  ['text/html', 'text/html', 'FILE'],
  ['IMAGE/SVG+XML', 'image/svg+xml', 'IMAGE'],
  ['audio/ogg; codecs=opus', 'audio/ogg;codecs=opus', 'AUDIO'],
  ['video/mp4', 'video/mp4', 'VIDEO'],
  ['application/x-msdownload', 'application/x-msdownload', 'FILE'],
])('the type %j is kept as %j, a %s', async (given, contentType, kind) => {
  expect((await announce({ contentType: given })).attachment).toMatchObject({ contentType, kind })
})

describe('is refused and leaves nothing', () => {
  const foreign = nodeIdOf('Ticket', randomUUID())
  const limit = { code: 'VALIDATION_FAILED', path: ['input', 'sizeBytes'] }
  test.each([
    ['a ticket that does not exist', { ticketId: foreign }, { code: 'NOT_FOUND', path: ['input', 'ticketId'] }],
    ['a ticket of another company', { ticketId: tickets.theirs }, { code: 'NOT_FOUND', path: ['input', 'ticketId'] }],
    ['an id of something else', { ticketId: nodeIdOf('Message', randomUUID()) }, { code: 'NOT_FOUND' }],
    ['an id that is none', { ticketId: 'ticket 1' }, { code: 'NOT_FOUND', path: ['input', 'ticketId'] }],
    ['no bytes', { sizeBytes: 0 }, { ...limit, rule: 'minBytes=1' }],
    ['fewer than no bytes', { sizeBytes: -5 }, { ...limit, rule: 'minBytes=1' }],
    ['a byte more than we take', { sizeBytes: 30 * MiB + 1 }, { ...limit, rule: `maxBytes=${30 * MiB}` }],
    [
      'a byte more than the help desk takes',
      { ticketId: tickets.comm, sizeBytes: 20 * MiB + 1 },
      { ...limit, rule: `maxBytes=${20 * MiB}` },
    ],
    ['an empty name', { name: '' }, { code: 'REQUIRED', path: ['input', 'name'] }],
    ['a name that is only a folder', { name: '../..' }, { code: 'REQUIRED', path: ['input', 'name'] }],
    ['a name of nothing that shows', { name: ' \u200e\u0007 . ' }, { code: 'REQUIRED', path: ['input', 'name'] }],
    ['a long name', { name: 'x'.repeat(256) }, { path: ['input', 'name'], rule: 'maxLength=255' }],
    ['a NUL in the name', { name: 'a\0.txt' }, { path: ['input', 'name'], rule: 'noNul' }],
    ['a lone surrogate in the name', { name: 'a\ud800.txt' }, { path: ['input', 'name'], rule: 'wellFormed' }],
    ['no type', { contentType: '' }, { path: ['input', 'contentType'], rule: 'mediaType' }],
    ['half a type', { contentType: 'image' }, { path: ['input', 'contentType'], rule: 'mediaType' }],
    ['a header in the type', { contentType: 'text/plain\r\nX-A: b' }, { path: ['input', 'contentType'] }],
    ['an endless type', { contentType: `a/${'b'.repeat(300)}` }, { path: ['input', 'contentType'] }],
  ])('%s', async (_what, input, error) => {
    const before = (await desk.rows()).length
    const { errors, ...said } = await announce(input)
    expect(errors).toMatchObject([error])
    expect(said).toMatchObject({ attachment: null, uploadUrl: null, uploadMethod: null, expiresAt: null })
    expect(await desk.rows()).toHaveLength(before)
  })
})

test('exactly what is allowed is taken', async () => {
  expect((await announce({ sizeBytes: 30 * MiB })).errors).toEqual([])
  expect((await announce({ ticketId: tickets.comm, sizeBytes: 20 * MiB })).errors).toEqual([])
  expect((await announce({ sizeBytes: 1 })).errors).toEqual([])
})

test('a gateway without storage says so', async () => {
  const { ask } = await gatewayForTest(desk.db)
  const { data } = await ask(
    'mutation { attachmentUploadCreate(input: { name: "a", contentType: "a/b", sizeBytes: 1 }) { uploadUrl errors { code } } }',
  )
  expect(data).toEqual({ attachmentUploadCreate: { uploadUrl: null, errors: [{ code: 'FORBIDDEN' }] } })
})
