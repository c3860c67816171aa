/**
 * One HTTP exchange, over Node's own client with connections kept open. Half the CPU of `fetch`, which counts: a first
 * copy makes tens of thousands of small calls. Redirects are not followed. Every call of ours that leaves the house goes
 * through here, see `reach.ts`.
 */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http'
import { Agent as HttpsAgent, request as overHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { checkHost, publicLookup, type Reach } from './reach.ts'

/** What answers' headers are read with, by lower-case or any-case name. */
export type ReadHeaders = { get(name: string): string | null }

export type RawAnswer = { status: number; headers: ReadHeaders; text: string }

export type Exchange = {
  method: string
  reach: Reach
  headers: Record<string, string>
  body: string | Uint8Array | undefined
  /** Whether sending it twice changes nothing. */
  isRead: boolean
  timeoutMs: number
  maxBytes: number
  /** Of a longer answer the beginning is enough. */
  isCut?: boolean
  /** Called once the connection stands, right before the request goes out. What it throws keeps it back. */
  beforeSend?: (() => void) | undefined
}

/** `beforeSend` threw, see `cause`: nothing went out. */
export class KeptBackError extends Error {
  override name = 'KeptBackError'
}

/** The answer is larger than it may be; the rest of it was not read. */
export class TooLargeError extends Error {
  override name = 'TooLargeError'
}

// A server that closes an idle connection while we send is noticed as ECONNRESET; freeing ours first avoids most of it.
const keptOpen = { keepAlive: true, maxSockets: 64, maxFreeSockets: 16, timeout: 30_000 }
const agents = {
  configured: { plain: new HttpAgent(keptOpen), tls: new HttpsAgent(keptOpen) },
  // Of its own, so that no connection is taken over that was opened without a look at where it goes.
  public: { plain: new HttpAgent({ lookup: publicLookup }), tls: new HttpsAgent({ lookup: publicLookup }) },
}

function begin(url: URL, reach: Reach, options: { method: string; headers: Record<string, string> }): ClientRequest {
  if (reach === 'public') checkHost(url)
  return url.protocol === 'https:'
    ? overHttps(url, { ...options, agent: agents[reach].tls })
    : overHttp(url, { ...options, agent: agents[reach].plain })
}

/** Sends a request and reads the whole answer as UTF-8 text. Rejects with what broke the connection. */
export function exchange(url: URL, call: Exchange): Promise<RawAnswer> {
  return attempt(url, call).catch((error: Error & { isStaleConnection?: boolean }) => {
    // The server had closed the kept connection before it saw the request: the next try opens a new one.
    if (error.isStaleConnection && call.isRead) return attempt(url, call)
    throw error
  })
}

/** The beginning of an answer; its bytes come as they are read, no longer compressed. */
export type Opened = { status: number; headers: ReadHeaders; body: Readable }

/** Asks for something big. `timeoutMs` is for the answer to begin, `idleMs` the longest pause after that. */
export function openExchange(
  url: URL,
  call: Pick<Exchange, 'headers' | 'timeoutMs' | 'reach'> & { idleMs: number },
): Promise<Opened> {
  const { headers, timeoutMs, idleMs, reach } = call
  return new Promise((resolve, reject) => {
    const request = begin(url, reach, { method: 'GET', headers: { ...headers, 'accept-encoding': 'identity' } })
    const late = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    request.on('error', (error) => {
      clearTimeout(late)
      reject(error)
    })
    request.once('response', (response) => {
      clearTimeout(late)
      response.setTimeout(idleMs, () => response.destroy(new Error(`no bytes within ${idleMs} ms`)))
      const read: ReadHeaders = { get: (name) => headerOf(response, name) }
      resolve({ status: response.statusCode ?? 0, headers: read, body: decoded(response) })
    })
    request.end()
  })
}

function attempt(url: URL, call: Exchange): Promise<RawAnswer> {
  const { method, reach, headers, body, timeoutMs, maxBytes, isCut = false, beforeSend } = call
  return new Promise((resolve, reject) => {
    const isTls = url.protocol === 'https:'
    const length = body === undefined ? undefined : { 'content-length': String(Buffer.byteLength(body)) }
    const options = { method, headers: { 'accept-encoding': 'gzip, br', ...headers, ...length } }
    const request = begin(url, reach, options)
    let hasAnswer = false
    const late = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    const fail = (error: Error & { code?: string }) => {
      clearTimeout(late)
      request.destroy()
      const isStaleConnection = request.reusedSocket && !hasAnswer && error.code === 'ECONNRESET'
      reject(Object.assign(error, { isStaleConnection }))
    }
    request.once('error', fail)
    request.once('response', (response) => {
      hasAnswer = true
      readText(response, maxBytes, isCut).then((text) => {
        clearTimeout(late)
        const read: ReadHeaders = { get: (name) => headerOf(response, name) }
        resolve({ status: response.statusCode ?? 0, headers: read, text })
      }, fail)
    })
    if (!beforeSend) return void request.end(body)
    request.once('socket', (socket: Socket & { secureConnecting?: boolean }) => {
      const send = () => {
        try {
          beforeSend()
        } catch (cause) {
          return fail(new KeptBackError('the request was kept back', { cause }))
        }
        request.end(body)
      }
      if (isTls ? socket.connecting || socket.secureConnecting : socket.connecting)
        socket.once(isTls ? 'secureConnect' : 'connect', send)
      else send()
    })
  })
}

async function readText(response: IncomingMessage, maxBytes: number, isCut: boolean): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of decoded(response)) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes && isCut) return Buffer.concat([...chunks, chunk]).toString('utf8', 0, maxBytes)
    if (sizeBytes > maxBytes) throw new TooLargeError(`the answer is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  if (!response.complete) throw new Error('the answer was cut off')
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
  return bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
}

function decoded(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']
  const decoder = encoding === 'gzip' ? createGunzip() : encoding === 'br' ? createBrotliDecompress() : null
  if (!decoder) return response
  response.on('error', (error) => decoder.destroy(error))
  decoder.once('close', () => response.destroy())
  return response.pipe(decoder)
}

function headerOf(response: IncomingMessage, name: string): string | null {
  const value = response.headers[name.toLowerCase()]
  return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value
}
