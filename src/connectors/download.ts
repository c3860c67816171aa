/**
 * Opens the bytes of a file at a vendor. Each address on the way is checked before it is called, and they come as they
 * are stored, not compressed for the way, so that their number is the one announced.
 */
import { Readable, Transform } from 'node:stream'
import { RefusedError, TryAgainError } from '#errors.ts'
import type { OpenedAttachment } from './contract.ts'
import { type Opened, openExchange } from './exchange.ts'
import { type Budget, causeOf, failureOf } from './http.ts'
import { InsideError, type Reach } from './reach.ts'
import { intOf } from './reading.ts'

export type FileCall = {
  /** How far this address may lead; null: it is not called. Also asked of each redirect's. Only http and https get this far. */
  reachOf(url: URL): Reach | null
  /** Credentials, for the addresses they are meant for. Left out: none are ever sent. */
  headersFor?(url: URL): Promise<Record<string, string>> | Record<string, string>
  /** For the answer to begin; how long the bytes take is for their reader to judge, as long as they come. */
  timeoutMs: number
  /** Spent by each call, redirects included. */
  budget?: Budget
  /** How many redirects are followed; one more is a RefusedError. */
  mostRedirects?: number
  /** What is larger is a RefusedError, or an error in the middle where its size was not announced. */
  mostBytes?: number
}

/** Larger than any help desk takes; an answer without end, or one that unpacks to more, is not passed on for ever. */
const mostBytesOfFile = 2 * 1024 ** 3
const idleMs = 60_000

/** `url` null: the vendor gave something that is no address. Failures are those of `openHttp`; nothing is tried twice. */
export async function openFile(url: URL | null, call: FileCall): Promise<OpenedAttachment> {
  const { headersFor, timeoutMs, budget, mostRedirects = 0, mostBytes = mostBytesOfFile } = call
  const reach = url && /^https?:$/.test(url.protocol) ? call.reachOf(url) : null
  if (!url || !reach) {
    const place = url ? `${url.protocol}//${url.host}` : 'no valid address'
    throw new RefusedError(`the file lies on ${place}, which this backend's settings do not allow; it was not called`)
  }
  await budget?.()
  const { status, headers, body } = await startOfAnswer(url, {
    ...{ headers: { ...(await headersFor?.(url)) }, timeoutMs, reach },
  })
  const failure = failureOf({ status, headers, text: '' }, `${url.host}${url.pathname}`)
  if (!failure) {
    // An encoding that came unasked is undone: the length is then that of the encoded bytes.
    const sizeBytes = headers.get('content-encoding') ? null : intOf(headers.get('content-length'))
    if (sizeBytes !== null && sizeBytes > mostBytes) {
      body.destroy()
      throw new RefusedError(`the file has ${sizeBytes} bytes; at most ${mostBytes} are passed on`)
    }
    return { body: streamOf(body, mostBytes), contentType: headers.get('content-type'), sizeBytes }
  }
  // Unread, it would hold its connection.
  body.destroy()
  const location = status >= 300 && status < 400 ? headers.get('location') : null
  if (location === null || mostRedirects === 0) throw failure
  return openFile(URL.parse(location, url), { ...call, mostRedirects: mostRedirects - 1 })
}

async function startOfAnswer(
  url: URL,
  call: { headers: Record<string, string>; timeoutMs: number; reach: Reach },
): Promise<Opened> {
  try {
    const opened = await openExchange(url, { ...call, idleMs })
    opened.body.on('error', () => {}) // whoever reads it is told as well; one that is not read has nobody
    return opened
  } catch (cause) {
    const message = `${url.host}${url.pathname}: ${causeOf(cause)}`
    throw cause instanceof InsideError ? new RefusedError(message, { cause }) : new TryAgainError(message, { cause })
  }
}

function streamOf(body: Readable, mostBytes: number): ReadableStream<Uint8Array> {
  let count = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      count += chunk.length
      pass(count > mostBytes ? new Error(`the file has more than ${mostBytes} bytes`) : null, chunk)
    },
  })
  body.on('error', (error) => counted.destroy(error))
  counted.once('close', () => body.destroy())
  return Readable.toWeb(body.pipe(counted)) as ReadableStream<Uint8Array>
}
