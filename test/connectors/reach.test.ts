/** Calls that somebody else's data asks for: nothing inside hears of them. */
import dns from 'node:dns'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { openFile } from '#connectors/download.ts'
import { exchange } from '#connectors/exchange.ts'
import { openHttp, parseJson } from '#connectors/http.ts'
import { isPublicAddress, publicLookup } from '#connectors/reach.ts'
import { connectorByKey } from '#connectors/registry.ts'
import { RefusedError } from '#errors.ts'

const closings: (() => void)[] = []
afterAll(() => {
  for (const close of closings) close()
})
afterEach(() => vi.restoreAllMocks())

async function served(answer: RequestListener, host = '127.0.0.1') {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((done) => server.listen(0, host, done))
  closings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, origin: `http://127.0.0.1:${port}`, asked, connections: () => connections }
}

const canary = await served((_request, response) => response.end('inside'), '::')
const log = { debug() {}, info() {}, warn() {}, error() {} }

test('only addresses of single machines on the internet are public', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])
    expect([address, isPublicAddress(address)]).toEqual([address, true])
  const inside = [
    ...[
      '127.0.0.1',
      '127.255.255.254',
      '0.0.0.0',
      '0.1.2.3',
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
    ],
    ...['169.254.169.254', '100.64.0.1', '100.100.100.200', '168.63.129.16', '192.0.0.192', '198.18.0.1', '192.0.2.1'],
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::7f00:1'],
    ...['64:ff9b::7f00:1', '64:ff9b:1::a00:1', '2002:7f00:1::', '2001::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1'],
    ...[
      'fd00:ec2::254',
      'fec0::1',
      'ff02::1',
      '2001:db8::1',
      '4000::1',
      '::ffff:0:127.0.0.1',
      'localhost',
      '',
      '127.1',
    ],
  ]
  for (const address of inside) expect([address, isPublicAddress(address)]).toEqual([address, false])
})

test('however an address inside is written, what data names is not called', async () => {
  const hosts = [
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1', '017700000001', '0', '0.0.0.0'],
    ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::127.0.0.1]'],
    ...['localhost', 'LOCALHOST', 'localhost.', '①②⑦.0.0.1', '127。0。0。1', '127.0.0.1.', '%31%32%37.0.0.1'],
    ...['user:password@127.0.0.1', '8.8.8.8@127.0.0.1'],
  ]
  for (const host of hosts) {
    const asking = openFile(URL.parse(`http://${host}:${canary.port}/`), { reachOf: () => 'public', timeoutMs: 2000 })
    await expect(asking, host).rejects.toThrow()
  }
  expect(canary.connections()).toBe(0)
})

test('a redirect that leads inside is not followed, though the first host may be called', async () => {
  const first = await served((_request, response) => response.writeHead(302, { location: `${canary.origin}/` }).end())
  const reachOf = ({ port }: URL) => (port === String(first.port) ? 'configured' : 'public')
  await expect(openFile(new URL(first.origin), { reachOf, timeoutMs: 2000, mostRedirects: 3 })).rejects.toThrow(
    RefusedError,
  )
  expect([first.asked.length, canary.connections()]).toEqual([1, 0])
})

test('a name is asked for once, and the connection gets what was checked, whatever the name server says next', async () => {
  const answers = [['93.184.215.14', '2606:2800:21f::1'], ['127.0.0.1'], ['93.184.215.14', '10.0.0.1'], []]
  const asked = vi.spyOn(dns, 'lookup').mockImplementation(((
    ...[_name, _options, done]: [string, object, (...words: unknown[]) => void]
  ) => {
    const found = (answers.shift() ?? ['127.0.0.1']).map((address) => ({ address, family: isIP(address) }))
    done(null, found)
  }) as never)
  const given = await new Promise((done) => publicLookup('a.example', { all: true }, (_, found) => done(found)))
  expect(given).toMatchObject([{ address: '93.184.215.14' }, { address: '2606:2800:21f::1' }])
  for (const _answer of ['inside', 'one of two inside', 'none', 'inside again']) {
    const opening = openFile(new URL(`http://a.example:${canary.port}/`), { reachOf: () => 'public', timeoutMs: 200 })
    await expect(opening).rejects.toThrow('a.example is no host on the internet')
  }
  expect(asked).toHaveBeenCalledTimes(5)
  expect(canary.connections()).toBe(0)
})

test('a connection that the operator allowed is not lent to those who name the same host', async () => {
  const own = await served((_request, response) => response.end('{}'))
  const call = { method: 'GET', headers: {}, body: undefined, isRead: true, timeoutMs: 2000, maxBytes: 1000 }
  await exchange(new URL(own.origin), { ...call, reach: 'configured' })
  await expect(exchange(new URL(own.origin), { ...call, reach: 'public' })).rejects.toThrow(
    'no address on the internet',
  )
  expect(own.asked).toHaveLength(1)
})

test('a file that a help desk says lies elsewhere, or that moves there, is not fetched', async () => {
  const vendor = await served(({ url }, response) =>
    url === '/moved' ? response.writeHead(302, { location: `http://localhost:${canary.port}/` }).end() : response.end(),
  )
  const connector = connectorByKey('chatwoot')
  const session = connector?.connect(
    connector.settings.parse({ baseUrl: vendor.origin, accountId: '1', apiAccessToken: 'SECRET' }),
    {
      ...{ log, now: () => new Date() },
    },
  )
  const places = [
    ...[`${canary.origin}/a`, `http://localhost:${canary.port}/`, `//127.0.0.1:${canary.port}/`, '/moved'],
    ...['http://169.254.169.254/latest/meta-data/', `http://[::1]:${canary.port}/`, 'file:///etc/passwd', 'data:,x'],
    `http://${new URL(vendor.origin).host}@localhost:${canary.port}/`,
  ]
  for (const vendorUrl of places) {
    const locator = { externalId: '1', ticketExternalId: '1', messageExternalId: '1', vendorUrl, fileKey: vendorUrl }
    await expect(session?.openAttachment?.(locator as never), vendorUrl).rejects.toThrow(RefusedError)
  }
  expect(canary.connections()).toBe(0)
})

test('the next page is asked for at the configured host only', async () => {
  const own = await served((_request, response) => response.end('{}'))
  const http = openHttp({ baseUrl: own.origin, log, authorize: () => ({ authorization: 'SECRET' }) })
  for (const path of [
    `${canary.origin}/next`,
    `http://localhost:${own.port}/next`,
    `https://127.0.0.1:${own.port}/next`,
    `http://127.0.0.1:${own.port}@localhost:${canary.port}/`,
  ])
    await expect(http.send({ method: 'GET', path, isRead: true })).rejects.toThrow(RefusedError)
  await http.send({ method: 'GET', path: `//localhost:${canary.port}/next`, isRead: true })
  expect([own.asked.length, canary.connections()]).toEqual([1, 0])
})

test('an answer that unpacks to more than may come is given up in the middle, whatever its length says', async () => {
  const bomb = gzipSync(Buffer.alloc(30_000_000, ' '))
  const { origin } = await served((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb)
  })
  const http = openHttp({ baseUrl: origin, log, maxBytes: 1_000_000, retries: 0 })
  const before = process.memoryUsage().rss
  await expect(http.send({ method: 'GET', path: '/', isRead: true })).rejects.toThrow('larger than 1000000 bytes')
  const { body } = await openFile(new URL(origin), {
    ...{ reachOf: () => 'configured', timeoutMs: 2000, mostBytes: 1_000_000 },
  })
  await expect(new Response(body).bytes()).rejects.toThrow()
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(30)
})

test('a file that says it is too large is refused before its bytes come', async () => {
  const { origin } = await served((_request, response) => {
    response.writeHead(200, { 'content-length': 5_000_000_000 }).write('x')
  })
  await expect(openFile(new URL(origin), { reachOf: () => 'configured', timeoutMs: 2000 })).rejects.toThrow(
    'at most 2147483648',
  )
})

test('an answer nested so deep that it would break whoever walks through it is none', async () => {
  const deep = (times: number) => `${'{"a":['.repeat(times / 2)}"]}[{\\"[["${']}'.repeat(times / 2)}`
  expect(parseJson(deep(200))).toBeInstanceOf(Object)
  expect(parseJson(JSON.stringify('['.repeat(300)))).toHaveLength(300)
  for (const times of [202, 200_000]) expect(() => parseJson(deep(times))).toThrow('nested more than 200 times')
})
