/** Small pictures through the gateway: real ones of real pictures, and nothing of anything else. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { crc32, deflateSync } from 'node:zlib'
import encodeJpeg, { init } from '@jsquash/jpeg/encode.js'
import { imageSize } from 'image-size'
import { expect, test } from 'vitest'
import { temporaryStorage } from '../support/storage.ts'
import { openDesk } from './desk.ts'

const { ask, announce } = await openDesk(temporaryStorage())

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
/** One colour, 8 bits of grey. */
function png(width: number, height: number): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const rows = Buffer.alloc((width + 1) * height)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
async function jpeg(width: number, height: number): Promise<Buffer> {
  const path = fileURLToPath(import.meta.resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'))
  await init(new WebAssembly.Module(readFileSync(path)))
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, index) => index % 251)
  return Buffer.from(await encodeJpeg({ data, width, height } as never))
}

/** The address of a small picture of an uploaded file. */
async function thumbnailOf(bytes: Uint8Array, contentType: string, width = 256): Promise<string | null> {
  const { uploadUrl, attachment } = await announce({ name: 'a', contentType, sizeBytes: bytes.byteLength })
  await fetch(uploadUrl as string, { method: 'PUT', body: bytes as never })
  const { data, errors } = await ask(
    'query ($id: ID!, $width: Int!) { node(id: $id) { ... on Attachment { thumbnailUrl(width: $width) } } }',
    { id: attachment?.id, width },
  )
  if (errors) throw new Error(String(errors[0]?.extensions?.code))
  return (data as { node: { thumbnailUrl: string | null } }).node.thumbnailUrl
}
const shown = async (url: string | null) => fetch(url as string)

test.each([
  ['a wide PNG', png(800, 400), 'image/png', 200, { width: 200, height: 100 }],
  ['a JPEG', await jpeg(300, 600), 'image/jpeg', 64, { width: 64, height: 128 }],
  ['a small one, which is not blown up', png(40, 30), 'image/png', 256, { width: 40, height: 30 }],
  ['a strip, which stays one', png(10, 4000), 'image/png', 100, { width: 1, height: 400 }],
])('of %s there is a WebP that fits', async (_name, bytes, contentType, width, size) => {
  const response = await shown(await thumbnailOf(bytes, contentType, width))
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/webp'])
  const picture = new Uint8Array(await response.arrayBuffer())
  expect(imageSize(picture)).toMatchObject({ type: 'webp', ...size })
})

test('it comes with headers that let nothing but a picture be made of it, and is kept by the client', async () => {
  const { headers } = await shown(await thumbnailOf(png(20, 20), 'image/png'))
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
  expect(headers.get('cache-control')).toMatch(/^private, max-age=\d+/)
})

test.each([
  ['a page that says it is a picture', Buffer.from('<script>alert(1)</script>'), 'image/png'],
  ['a drawing that says it is a picture', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/png'],
  ['a picture that ends in the middle', png(300, 300).subarray(0, 60), 'image/png'],
  ['a picture of too many pixels', png(5000, 5000), 'image/png'],
])('of %s there is none', async (_name, bytes, contentType) => {
  const response = await shown(await thumbnailOf(bytes, contentType))
  expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8'])
})

test('a picture that hides its size from us gets no memory for it', async () => {
  const segment = (marker: number, data: number[]) =>
    Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255, ...data])
  const frame = (side: number) => segment(0xc0, [8, side >> 8, side & 255, side >> 8, side & 255, 1, 1, 0x11, 0])
  const table = (place: number) => segment(0xc4, [place, 1, ...new Array(15).fill(0), 0])
  const huge = Buffer.concat([
    segment(0xdb, [0, ...new Array(64).fill(1)]),
    ...[frame(16_000), table(0), table(0x10), segment(0xda, [1, 1, 0, 0, 63, 0])],
  ])
  // A marker without a length, which readers of sizes take for a segment of 65,499 bytes and pass over.
  const bytes = Buffer.concat([
    ...[Buffer.from([0xff, 0xd8, 0xff, 0x01]), huge, Buffer.alloc(0xffdb - huge.length)],
    ...[frame(16), Buffer.alloc(100)],
  ])
  expect(imageSize(bytes)).toMatchObject({ width: 16 })
  const before = process.memoryUsage().rss
  let most = before
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 10)
  expect((await shown(await thumbnailOf(bytes, 'image/jpeg'))).status).toBe(404)
  clearInterval(watching)
  expect((most - before) / 1e6).toBeLessThan(400)
})

test('of many who ask at once all get theirs, and those beyond are told to come again', async () => {
  const url = await thumbnailOf(png(300, 200), 'image/png')
  const statuses = await Promise.all(Array.from({ length: 80 }, async () => (await shown(url)).status))
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(50)
  expect(statuses.every((status) => status === 200 || status === 503)).toBe(true)
  expect(statuses).toContain(503)
})

test('after a damaged picture the next one is made', async () => {
  await shown(await thumbnailOf(png(300, 300).subarray(0, 60), 'image/png'))
  expect((await shown(await thumbnailOf(png(30, 30), 'image/png'))).status).toBe(200)
})

test('SVG, GIF and files that are no pictures have no address', async () => {
  for (const contentType of ['image/svg+xml', 'image/gif', 'application/pdf'])
    expect(await thumbnailOf(Buffer.from('x'), contentType)).toBeNull()
})

test('the width cannot be changed in the address, nor be out of bounds', async () => {
  const url = (await thumbnailOf(png(20, 20), 'image/png', 16)) as string
  const [ticket = '', signature] = url.split('/').at(-1)?.split('.') ?? []
  const other = Buffer.from(Buffer.from(ticket, 'base64url').toString().replace(' 16 ', ' 1024 ')).toString('base64url')
  expect((await fetch(url.replace(`${ticket}.${signature}`, `${other}.${signature}`))).status).toBe(404)
  for (const width of [0, 15, 1025])
    await expect(thumbnailOf(png(20, 20), 'image/png', width)).rejects.toThrow('BAD_USER_INPUT')
})
