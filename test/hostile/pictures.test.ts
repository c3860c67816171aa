/** Pictures on the web that messages and people name: held back, and on request fetched by the gateway alone. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { records } from '#connectors/contract.ts'
import { openRemotePictures } from '#flows/download/pictures.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { storePage } from '#flows/sync/store.ts'
import { remotePicturePath, remotePictureUrlOf } from '#platform/pictures/remote.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { cleanerOfFile, silent } from '../syncing/backend.ts'
import { message, minute, thread } from '../syncing/scripted.ts'

const key = 'key of the tests'
const asked: IncomingMessage[] = []
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
const files: Record<string, Buffer> = {
  '/pixel.gif': pixel,
  '/page.gif': Buffer.from('<!doctype html><script>alert(1)</script>'),
  '/drawing.png': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
  '/huge.gif': Buffer.concat([pixel, Buffer.alloc(6_000_000)]),
  '/empty.gif': Buffer.alloc(0),
}
const web = createServer((request, response) => {
  asked.push(request)
  const moved = request.url === '/moved.gif' ? 'http://169.254.169.254/latest/meta-data/' : null
  if (moved) response.writeHead(302, { location: moved }).end()
  else response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b' }).end(files[request.url ?? ''])
})
await new Promise<void>((done) => web.listen(0, '127.0.0.1', done))
afterAll(() => web.close())
const { port } = web.address() as AddressInfo

const { db, pool } = await createTestDatabase()
const [backend] = await registerBackends(db, [
  { workspace: { key: 'acme', name: 'Acme' }, key: 'woot', name: 'woot', vendor: 'chatwoot' },
])
const { workspaceId, backendId } = backend as { workspaceId: string; backendId: string }
const html = `<p>Hi <img src="http://news.example/pixel.gif?a=1&b=2" alt="A"><img src="http://127.0.0.1:${port}/pixel.gif"><img src="cid:1@a"></p>`
await storePage({
  ...{ db, fetchedAt: minute(1000), cleaner: cleanerOfFile(), log: silent },
  backend: { workspaceId, backendId, id: backendId, key: 'woot', vendor: 'chatwoot' },
  records: records({ tickets: [thread('1', [{ ...message('11'), body: { html } }])] }),
} as never)
await pool.query(`update actors set avatar_url = 'javascript:alert(1)'`)

// The names of the web stand for the server of this test; everything else is looked at as ever.
const isOfWeb = ({ hostname, pathname }: URL) => hostname === '127.0.0.1' && pathname !== '/latest/meta-data/'
const seen = openRemotePictures({ log: silent, key, reachOf: (url) => (isOfWeb(url) ? 'configured' : 'public') })
const strict = openRemotePictures({ log: silent, key })
let door = strict
const gateway = await openTestGateway(db, {
  workspaceId,
  downloads: { key, path: '/attachments/', answer: async () => {} },
  doors: [{ path: remotePicturePath, answer: (request, response) => door.answer(request, response) }],
})
afterAll(() => gateway.close())
const { origin } = new URL(gateway.url)

beforeEach(() => {
  asked.length = 0
  door = strict
})

/** As `remotePictureUrlOf` signs it, but for the server of this test, which no message could name. */
async function addressOf(path: string): Promise<string> {
  const { signedPath } = await import('#platform/http/signed-address.ts')
  const expiresAt = new Date(Date.now() + 60_000)
  return `${origin}${signedPath(remotePicturePath, [`http://127.0.0.1:${port}${path}`], { expiresAt, key })}`
}

test('a message shows none until it is asked to, and then through the gateway', async () => {
  const { data, errors } = await gateway.ask(`{ tickets { nodes { messages(first: 1) { nodes {
    body { held: html shown: html(remoteImages: true) remoteImageCount } } } } } }`)
  expect(errors).toBeUndefined()
  const { nodes } = (data as { tickets: { nodes: { messages: { nodes: { body: Record<string, string> }[] } }[] } })
    .tickets
  const { held = '', shown = '', remoteImageCount } = nodes[0]?.messages.nodes[0]?.body ?? {}
  expect(held).not.toContain(' src=')
  expect(remoteImageCount).toBe(2)
  const sources = [...shown.matchAll(/ src="([^"]*)"/g)].map(([, address = '']) => address)
  // The one at an unusual port stays held back.
  expect(sources).toHaveLength(1)
  expect(sources[0]).toMatch(new RegExp(`^${origin}${remotePicturePath}[\\w-]+\\.[\\w-]+$`))
  const ticket = Buffer.from(sources[0]?.split('/').at(-1)?.split('.')[0] ?? '', 'base64url').toString()
  expect(ticket).toMatch(/^http:\/\/news\.example\/pixel\.gif\?a=1&b=2 \d+$/)
  expect(asked).toEqual([])
})

test('what comes is a picture under its own type, and its server learns nothing of the reader', async () => {
  door = seen
  const headers = {
    cookie: 'a=b',
    referer: 'https://console.example/1',
    authorization: 'Bearer x',
    'user-agent': 'reader',
  }
  const answer = await fetch(await addressOf('/pixel.gif'), { headers })
  expect([answer.status, Buffer.from(await answer.arrayBuffer())]).toEqual([200, pixel])
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/gif',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, max-age=3600, immutable',
  })
  expect(answer.headers.get('set-cookie')).toBeNull()
  expect(Object.keys(asked[0]?.headers ?? {}).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host'])
})

test.each(['/page.gif', '/drawing.png', '/huge.gif', '/empty.gif', '/moved.gif'])('%s is no picture', async (path) => {
  door = seen
  const answer = await fetch(await addressOf(path))
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8'])
  expect(asked).toHaveLength(1)
})

test('nothing inside is asked, nor anything whose address is not signed', async () => {
  const good = await addressOf('/pixel.gif')
  expect((await fetch(good)).status).toBe(404)
  expect((await fetch(good.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).status).toBe(404)
  expect((await fetch(`${origin}${remotePicturePath}http://127.0.0.1:${port}/pixel.gif`)).status).toBe(404)
  expect((await fetch(good, { method: 'POST' })).status).toBe(405)
  expect(asked).toEqual([])
  const signer = { origin, now: new Date(), downloadKey: key }
  for (const address of [
    ...['ftp://a.example/a.gif', 'http://a.example:6379/', 'http://user:password@a.example/', 'data:image/png,x'],
    ...['javascript:alert(1)', '/a.gif', `http://a.example/${'a'.repeat(2000)}`],
  ])
    expect([address, remotePictureUrlOf(address, signer)]).toEqual([address, null])
})

test('an avatar is an address of the web or nothing', async () => {
  const query = '{ tickets { nodes { requester { avatarUrl ours: avatarUrl(viaGateway: true) } } } }'
  const avatars = async () => {
    const { data, errors } = await gateway.ask(query)
    expect(errors).toBeUndefined()
    return (data as { tickets: { nodes: { requester: object }[] } }).tickets.nodes[0]?.requester
  }
  expect(await avatars()).toEqual({ avatarUrl: null, ours: null })
  await pool.query(`update actors set avatar_url = 'https://people.example/1.png'`)
  expect(await avatars()).toEqual({
    avatarUrl: 'https://people.example/1.png',
    ours: expect.stringContaining(`${origin}${remotePicturePath}`),
  })
})
