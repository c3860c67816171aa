// The address that takes the bytes, over real HTTP: what goes through, and what leaves nothing behind.
import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { uploadPath } from '#domain/attachments/upload.ts'
import { signedPath } from '#platform/http/signed-address.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { temporaryStorage } from '../support/storage.ts'
import { type Announced, key, openDesk } from './desk.ts'

const MiB = 1024 * 1024
const storage = temporaryStorage()
const clock = { now: () => new Date() }
const tap = { onChunk(_passed: number, _length: number) {} }
const watched: Storage = {
  ...storage,
  put: (place, body, options) => storage.put(place, Readable.from(tapped(body)), options),
  get: async (place) => {
    const { body, sizeBytes } = await storage.get(place)
    return { body: Readable.from(tapped(body)), sizeBytes }
  },
}
const desk = await openDesk(watched, { now: () => clock.now(), idleMs: 600 })
const { announce } = desk
const origin = new URL(desk.url).origin

beforeEach(async () => {
  clock.now = () => new Date()
  tap.onChunk = () => {}
  await desk.pool.query('delete from attachments')
  for (const file of storage.files()) await storage.delete(file)
})

const put = (said: Announced, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(said.uploadUrl as string, { method: 'PUT', body, headers })

test('what was put is there, can be downloaded as it is, and is never shown as a page', async () => {
  const said = await announce({ name: 'résumé "1".html', contentType: 'text/html', sizeBytes: 22 })
  const page = '<script>alert(1)</scr>'
  expect((await put(said, page, { 'content-type': 'text/html' })).status).toBe(201)
  const { status, downloadUrl } = await desk.attachment(said.attachment?.id as string)
  expect(status).toBe('OK')
  const download = await fetch(downloadUrl as string)
  expect(await download.text()).toBe(page)
  expect(Object.fromEntries(download.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-length': '22',
    'content-disposition': `attachment; filename="r_sum_ _1_.html"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%221%22.html`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  })
  expect(storage.files()).toHaveLength(1)
})

test('30 MB pass through in both directions without being held in memory', async () => {
  const sizeBytes = 30 * MiB
  const said = await announce({ sizeBytes })
  const { inUse, before } = watchMemory()
  const held: number[] = []
  tap.onChunk = (passed, length) => {
    // Collecting garbage takes its time, so only now and then.
    if (passed % (10 * MiB) < length) held.push(inUse() - before)
  }
  const sent = await inOwnProcess(`
    async function* pieces() {
      for (let sent = 0; sent < ${sizeBytes}; sent += piece.length) {
        piece.writeUInt32LE(sent)
        hash.update(piece)
        yield Buffer.from(piece)
      }
    }
    const headers = { 'content-length': '${sizeBytes}' }
    const { status } = await fetch('${said.uploadUrl}', { method: 'PUT', headers, body: pieces(), duplex: 'half' })
    console.log(status, hash.digest('hex'))`)
  const { downloadUrl } = await desk.attachment(said.attachment?.id as string)
  const came = await inOwnProcess(`
    const { status, body } = await fetch('${downloadUrl}')
    for await (const chunk of body) hash.update(chunk)
    console.log(status, hash.digest('hex'))`)
  expect(sent).toMatch(/^201 \w{64}$/)
  expect(came).toBe(sent.replace('201', '200'))
  expect(held).toHaveLength(6)
  expect(Math.max(...held) / MiB).toBeLessThan(12)
})

describe('nothing is kept of', () => {
  test('a body that is longer or shorter than announced, or does not say', async () => {
    const said = await announce({ sizeBytes: 5 })
    expect((await put(said, 'hello!')).status).toBe(413)
    expect((await put(said, 'hell')).status).toBe(400)
    expect((await put(said, '')).status).toBe(400)
    const chunked = await raw(
      `PUT ${pathOf(said)} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`,
    )
    expect(chunked.answer).toMatch(/^HTTP\/1.1 411 /)
    expect(storage.files()).toEqual([])
    expect((await put(said, 'hello')).status).toBe(201)
  })

  test('a huge body that was not announced: it is refused before it comes', async () => {
    const said = await announce({ sizeBytes: 5 })
    const { answer, closedAfterMs } = await raw(
      `PUT ${pathOf(said)} HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999\r\n\r\nhello`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close/i)
    expect(closedAfterMs).toBeLessThan(3000)
  })

  test('a connection that breaks off, and the same address works again', async () => {
    const said = await announce({ sizeBytes: 100_000 })
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.write(`PUT ${pathOf(said)} HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(60_000)}`)
    await vi.waitFor(() => expect(storage.files()).toHaveLength(1))
    socket.destroy()
    await vi.waitFor(() => expect(storage.files()).toEqual([]))
    expect(await desk.attachment(said.attachment?.id as string)).toEqual({ status: 'UNAVAILABLE', downloadUrl: null })
    expect((await put(said, 'y'.repeat(100_000))).status).toBe(201)
  })

  test('a body that stops coming', async () => {
    const said = await announce({ sizeBytes: 100 })
    const { answer, closedAfterMs } = await raw(
      `PUT ${pathOf(said)} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhello`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(closedAfterMs).toBeLessThan(3000)
    expect(storage.files()).toEqual([])
    expect((await put(said, 'y'.repeat(100))).status).toBe(201)
  })
})

test('a body that trickles, but never pauses for long, is taken', async () => {
  const said = await announce({ sizeBytes: 6 })
  async function* pieces() {
    for (const piece of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await sleep(150)
      yield Buffer.from(piece)
    }
  }
  const headers = { 'content-length': '6' }
  const request = { method: 'PUT', headers, body: pieces() as never, duplex: 'half' } as RequestInit
  expect((await fetch(said.uploadUrl as string, request)).status).toBe(201)
})

test('an upload happens once: later ones are told so, and of two at once one counts', async () => {
  const said = await announce()
  expect((await put(said, 'hello')).status).toBe(201)
  expect((await put(said, 'again')).status).toBe(409)
  const { downloadUrl } = await desk.attachment(said.attachment?.id as string)
  expect(await (await fetch(downloadUrl as string)).text()).toBe('hello')

  const raced = await announce({ sizeBytes: 3 * MiB })
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((letter) => put(raced, letter.repeat(3 * MiB))))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
  const { downloadUrl: winner } = await desk.attachment(raced.attachment?.id as string)
  const text = await (await fetch(winner as string)).text()
  expect([text.length, new Set(text).size]).toEqual([3 * MiB, 1])
  await vi.waitFor(() => expect(storage.files()).toHaveLength(2))
})

test('an address that is wrong, changed, of another kind, too old, or of nothing that exists is unknown', async () => {
  const said = await announce()
  const path = pathOf(said)
  const [ticket = '', signature = ''] = path.slice(uploadPath.length).split('.')
  const done = await announce()
  await put(done, 'hello')
  const { downloadUrl } = await desk.attachment(done.attachment?.id as string)
  const soon = new Date(Date.now() + 60_000)
  const { id } = (await desk.rows())[0] as { id: string }
  for (const wrong of [
    uploadPath,
    `${uploadPath}..%2f..%2fetc/passwd`,
    `${uploadPath}${ticket}`,
    `${uploadPath}${ticket}.`,
    `${uploadPath}${ticket}.${signature.slice(0, -1)}`,
    `${uploadPath}${ticket}A.${signature}`,
    `${uploadPath}${new URL(downloadUrl as string).pathname.slice('/attachments/'.length)}`,
    signedPath(uploadPath, [desk.workspaceId, id], { expiresAt: soon, key: 'another key' }),
    signedPath(uploadPath, [desk.workspaceId, crypto.randomUUID()], { expiresAt: soon, key }),
    signedPath(uploadPath, [crypto.randomUUID(), id], { expiresAt: soon, key }),
    signedPath('/attachments/', [desk.workspaceId, id], { expiresAt: soon, key }).replace('/attachments/', uploadPath),
  ]) {
    const { status } = await fetch(`${origin}${wrong}`, { method: 'PUT', body: 'hello' })
    expect([wrong, status]).toEqual([wrong, 404])
  }
  clock.now = () => new Date(Date.now() + 61 * 60_000)
  expect((await put(said, 'hello')).status).toBe(404)
  clock.now = () => new Date()
  await desk.pool.query("update attachments set expires_at = now() - interval '1 second'")
  expect((await put(said, 'hello')).status).toBe(404)
  expect(storage.files()).toHaveLength(1)
})

test('an upload address downloads nothing', async () => {
  const said = await announce()
  await put(said, 'hello')
  const asDownload = pathOf(said).replace(uploadPath, '/attachments/')
  expect((await fetch(`${origin}${asDownload}`)).status).toBe(404)
  expect((await fetch(said.uploadUrl as string)).status).toBe(405)
})

test('browsers of any site may upload, and only by PUT', async () => {
  const said = await announce()
  const preflight = await fetch(said.uploadUrl as string, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example.com', 'access-control-request-method': 'PUT' },
  })
  expect(preflight.status).toBe(204)
  expect(Object.fromEntries(preflight.headers)).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'PUT',
    'access-control-allow-headers': 'content-type',
  })
  const posted = await fetch(said.uploadUrl as string, { method: 'POST', body: 'hello' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'PUT, OPTIONS'])
  expect((await put(said, 'hello')).headers.get('access-control-allow-origin')).toBe('*')
})

function pathOf({ uploadUrl }: Announced): string {
  return new URL(uploadUrl as string).pathname
}

/** Sends exactly this, and waits until the gateway closes the connection. */
async function raw(text: string): Promise<{ answer: string; closedAfterMs: number }> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  const sentAt = performance.now()
  socket.write(text)
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  await new Promise((resolve) => socket.on('close', resolve).on('error', () => {}))
  return { answer, closedAfterMs: performance.now() - sentAt }
}

/** So that what the client holds is not counted. */
async function inOwnProcess(code: string): Promise<string> {
  const start = `
    import { createHash, randomBytes } from 'node:crypto'
    const [hash, piece] = [createHash('sha256'), randomBytes(65536)]`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', start + code])
  return stdout.trim()
}

/** How many bytes are in use; garbage does not count. */
function watchMemory() {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const inUse = () => {
    collect()
    const { external, heapUsed } = process.memoryUsage()
    return external + heapUsed
  }
  return { inUse, before: inUse() }
}

/** The same bytes, and `tap` hears of them. */
async function* tapped(body: AsyncIterable<Buffer>) {
  let passed = 0
  for await (const chunk of body) {
    passed += chunk.length
    tap.onChunk(passed, chunk.length)
    yield chunk
  }
}
