import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type FileCall, openFile } from '#connectors/download.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'

const closings: (() => void)[] = []
afterEach(() => {
  for (const close of closings.splice(0)) close()
})

async function served(answer: RequestListener) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const open = (address: string, call: Partial<FileCall> = {}) =>
  openFile(URL.parse(address), { reachOf: () => 'configured', timeoutMs: 5_000, ...call })

describe('the bytes of a file', () => {
  it('are asked for uncompressed and come with their type and number', async () => {
    const { origin, asked } = await served((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 5 }).end('hello')
    })
    const { body, ...rest } = await open(`${origin}/a`)
    expect(rest).toEqual({ contentType: 'text/plain', sizeBytes: 5 })
    expect(await new Response(body).text()).toBe('hello')
    expect(asked[0]?.headers['accept-encoding']).toBe('identity')
  })

  it('have no number when they came compressed all the same', async () => {
    const text = 'hello '.repeat(1000)
    const { origin } = await served((_request, response) => {
      const bytes = gzipSync(text)
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes)
    })
    const { body, sizeBytes } = await open(`${origin}/a`)
    expect(sizeBytes).toBeNull()
    expect(await new Response(body).text()).toBe(text)
  })

  it('may take longer than the time-out, which is for the answer to begin', async () => {
    const { origin } = await served(async (_request, response) => {
      response.write('slow')
      await wait(400)
      response.end('ly')
    })
    const { body } = await open(`${origin}/a`, { timeoutMs: 200 })
    expect(await new Response(body).text()).toBe('slowly')
    const silent = await served(() => {})
    const late = open(`${silent.origin}/a`, { timeoutMs: 100 })
    await expect(late).rejects.toThrow(TryAgainError)
    await expect(late).rejects.toThrow('no answer within 100 ms')
  })
})

describe('an address', () => {
  it('that is not allowed is not called', async () => {
    const { origin, asked } = await served((_request, response) => response.end())
    await expect(open(`${origin}/a`, { reachOf: () => null })).rejects.toThrow(RefusedError)
    for (const address of ['file:///etc/passwd', 'nonsense']) await expect(open(address)).rejects.toThrow(RefusedError)
    expect(asked).toEqual([])
  })

  it('it redirects to is checked too, and gets only the credentials meant for it', async () => {
    const there = await served((_request, response) => response.end('hello'))
    const here = await served((_request, response) => {
      response.writeHead(302, { location: `${there.origin}/b` }).end('moved')
    })
    let spent = 0
    const call: Partial<FileCall> = {
      mostRedirects: 1,
      headersFor: ({ origin }): Record<string, string> => (origin === here.origin ? { authorization: 'SECRET' } : {}),
      budget: async () => {
        spent += 1
      },
    }
    const onlyHere = {
      ...call,
      reachOf: ({ origin }: URL) => (origin === here.origin ? ('configured' as const) : null),
    }
    await expect(open(`${here.origin}/a`, onlyHere)).rejects.toThrow(RefusedError)
    expect(there.asked).toEqual([])
    const { body } = await open(`${here.origin}/a`, call)
    expect(await new Response(body).text()).toBe('hello')
    expect(here.asked[1]?.headers.authorization).toBe('SECRET')
    expect(there.asked[0]?.headers.authorization).toBeUndefined()
    expect(spent).toBe(3)
  })

  it('that redirects once too often is refused', async () => {
    const { origin, asked } = await served(({ url }, response) => {
      response.writeHead(302, { location: `${url}a` }).end()
    })
    await expect(open(`${origin}/a`)).rejects.toThrow(RefusedError)
    expect(asked).toHaveLength(1)
    await expect(open(`${origin}/a`, { mostRedirects: 2 })).rejects.toThrow(RefusedError)
    expect(asked).toHaveLength(4)
  })
})

describe('a refused file', () => {
  it.each([
    [401, FixCredentialsError],
    [403, FixCredentialsError],
    [404, GoneError],
    [410, GoneError],
    [418, RefusedError],
    [503, TryAgainError],
  ])('with %i is told as any other call is', async (status, kind) => {
    const { origin } = await served((_request, response) => response.writeHead(status).end('no'))
    const refused = open(`${origin}/a?signature=SECRET`)
    await expect(refused).rejects.toThrow(kind)
    await expect(refused).rejects.toThrow(new RegExp(`^127.0.0.1:\\d+/a answered ${status}$`))
  })

  it('says how long to wait', async () => {
    const { origin } = await served((_request, response) => response.writeHead(429, { 'retry-after': '7' }).end())
    await expect(open(`${origin}/a`)).rejects.toMatchObject({ retryAfterMs: 7000, provider: { httpStatus: 429 } })
  })

  it('holds no connection', async () => {
    const closed = Promise.withResolvers<void>()
    const { origin } = await served((_request, response) => {
      response.on('close', closed.resolve)
      response.writeHead(404).write('a page without an end')
    })
    await expect(open(`${origin}/a`)).rejects.toThrow(GoneError)
    await closed.promise
  })
})
