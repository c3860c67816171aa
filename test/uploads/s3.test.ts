// Uploads into a bucket: over real HTTP to a service that checks signatures.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { beforeEach, expect, test, vi } from 'vitest'
import { openStorage } from '#platform/storage/storage.ts'
import { openDesk } from './desk.ts'
import { fail, serveS3 } from './s3-server.ts'

const credentials = { accessKeyId: 'the-id', secretAccessKey: 'the secret' }
const s3 = await serveS3(credentials)
const settings = { bucket: 'files', endpoint: s3.endpoint, region: 'eu-central-1', credentials, forcePathStyle: true }
const bucketOf = (changes: Partial<typeof settings> = {}) =>
  openStorage({ folder: '/nowhere', s3: { ...settings, ...changes }, maxBytes: 40 * 1024 * 1024 })
const desk = await openDesk(bucketOf(), { idleMs: 400 })

beforeEach(() => {
  s3.objects.clear()
  s3.calls.length = 0
  s3.faults.answer = () => false
})

const put = (url: string | null, body: BodyInit) => fetch(url as string, { method: 'PUT', body })

test('a file goes into the bucket by signed calls, private and without a type to be shown by, and comes back', async () => {
  const bytes = randomBytes(5_000_000)
  const { uploadUrl, attachment } = await desk.announce({ sizeBytes: bytes.length, contentType: 'text/html' })
  expect((await put(uploadUrl, bytes as never)).status).toBe(201)
  const [place = ''] = s3.objects.keys()
  expect(place).toMatch(new RegExp(`^/files/${desk.workspaceId}/[\\w-]{36}$`))
  expect(s3.objects.get(place)?.equals(bytes)).toBe(true)
  const { headers } = s3.calls.find(({ method }) => method === 'PUT') as (typeof s3.calls)[0]
  expect(headers).toMatchObject({ 'content-type': 'application/octet-stream', 'content-length': '5000000' })
  expect(Object.keys(headers).filter((name) => /acl|trailer|checksum/.test(name))).toEqual([])

  const { downloadUrl } = await desk.attachment(attachment?.id as string)
  expect(new URL(downloadUrl as string).origin).toBe(new URL(desk.url).origin)
  const download = await fetch(downloadUrl as string)
  expect(download.headers.get('content-type')).toBe('application/octet-stream')
  expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
})

test('what is written can be read whole and removed; what is not there is an error, and removing it is none', async () => {
  const storage = bucketOf()
  const signal = new AbortController().signal
  await storage.put('a/b', Readable.from([Buffer.from('hel'), Buffer.from('lo')]), { sizeBytes: 5, signal })
  expect(Buffer.from(await storage.bytes('a/b')).toString()).toBe('hello')
  await storage.delete('a/b')
  await expect(storage.bytes('a/b')).rejects.toThrow()
  await expect(storage.get('a/b')).rejects.toThrow()
  await storage.delete('a/b')
})

test('a connection that breaks off ends the call to the service at once, and nothing is kept', async () => {
  const { uploadUrl, attachment } = await desk.announce({ sizeBytes: 3_000_000 })
  const { port, pathname } = new URL(uploadUrl as string)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`PUT ${pathname} HTTP/1.1\r\nhost: a\r\ncontent-length: 3000000\r\n\r\n`)
  socket.write(Buffer.alloc(2_000_000))
  const call = await vi.waitFor(() => {
    const found = s3.calls.find(({ method, cameBytes }) => method === 'PUT' && cameBytes > 500_000)
    if (!found) throw new Error('not yet')
    return found
  })
  socket.destroy()
  await vi.waitFor(() => expect(s3.calls.at(-1)?.method).toBe('DELETE'))
  expect([call.end, s3.objects.size]).toEqual(['broken', 0])
  expect((await desk.attachment(attachment?.id as string)).status).toBe('UNAVAILABLE')
  expect((await put(uploadUrl, Buffer.alloc(3_000_000) as never)).status).toBe(201)
})

test('a service that fails is told as 503, and the same address works when it is back', async () => {
  const { uploadUrl, attachment } = await desk.announce({ sizeBytes: 5 })
  s3.faults.answer = (_request, response) => {
    fail(response, 500, 'InternalError')
    return true
  }
  const failed = await put(uploadUrl, 'hello')
  expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await failed.text()).not.toContain('127.0.0.1')
  s3.faults.answer = () => false
  expect((await put(uploadUrl, 'hello')).status).toBe(201)

  const { downloadUrl } = await desk.attachment(attachment?.id as string)
  s3.objects.clear()
  expect((await fetch(downloadUrl as string)).status).toBe(502)
})

test('wrong credentials are an error, and none are found by the SDK itself in the environment', async () => {
  const signal = new AbortController().signal
  const wrong = bucketOf({ credentials: { ...credentials, secretAccessKey: 'another' } })
  await expect(wrong.put('a', Readable.from(['hello']), { sizeBytes: 5, signal })).rejects.toThrow()
  expect(s3.objects.size).toBe(0)
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey)
  const found = bucketOf({ credentials: null as never })
  await found.put('a', Readable.from(['hello']), { sizeBytes: 5, signal })
  vi.unstubAllEnvs()
  expect(s3.objects.get('/files/a')?.toString()).toBe('hello')
})
