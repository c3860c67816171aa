/** Serves one vendor's sandbox over HTTP on loopback, with faults on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerControl, type ControlAnswer, controlPrefix } from './control.ts'
import type { Desk } from './desk.ts'
import { type Fault, type Faults, openFaults } from './faults.ts'
import type { OpenSandbox, Sandbox, SandboxAnswer, SandboxOptions, SandboxRequest } from './sandbox.ts'

export type ServeOptions = {
  /** See `SandboxOptions.rateLimit`; none. */
  rateLimit?: SandboxOptions['rateLimit']
  /** See `SandboxOptions.tokenLifeMs`; one hour. */
  tokenLifeMs?: number
  /** A fixed port by host; any free one. */
  ports?: Record<string, number>
}

export type ServedSandbox = {
  /** Settings for the vendor's connector. */
  settings: Record<string, unknown>
  /** Origin by host, e.g. `{ api: 'http://127.0.0.1:40123' }`. */
  origins: Record<string, string>
  faults: Faults
  /** Ends at once, open connections included. */
  close(): Promise<void>
}

const mostBodyBytes = 64 * 1024 * 1024

export async function serveSandbox(sandbox: Sandbox, desk: Desk, options: ServeOptions = {}): Promise<ServedSandbox> {
  const { rateLimit = null, tokenLifeMs = 3_600_000, ports = {} } = options
  const faults = openFaults()
  const closing = new AbortController()
  let open: OpenSandbox | null = null

  const servers = sandbox.hosts.map((host) => {
    const server = createServer((incoming, outgoing) => {
      answer(host, incoming, outgoing).catch((error) => {
        process.stderr.write(
          `sandbox ${sandbox.vendor}/${host}: ${incoming.method} ${incoming.url}: ${error?.stack ?? error}\n`,
        )
        if (!outgoing.headersSent)
          send(outgoing, { status: 500, body: { error: 'The sandbox failed, see its stderr' } })
        else outgoing.destroy()
      })
    })
    // Longer than any client keeps a connection, so that the client decides and no request meets a closing socket.
    server.keepAliveTimeout = 120_000
    server.requestTimeout = 0
    return { host, server }
  })

  async function answer(host: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await requestFrom(incoming)
    if ('status' in request) return send(outgoing, request)
    if (request.path.startsWith(controlPrefix)) return send(outgoing, control(request))
    const handle = () => {
      if (!open) throw new Error('The sandbox is not open yet')
      return open.handle(host, request)
    }
    const isWrite = open?.isWrite?.(request) ?? request.method !== 'GET'
    const fault = faults.take({ path: request.path, isWrite })
    if (!fault) return send(outgoing, await handle())
    const isCarriedOut =
      fault.isCarriedOut || fault.kind === 'cut' || fault.kind === 'malformed' || fault.kind === 'slow'
    if (isCarriedOut && fault.carriedOutAfterMs > 0) await pause(fault.carriedOutAfterMs, closing.signal)
    const real = isCarriedOut ? await handle() : null
    await misbehave(outgoing, fault, real, closing.signal)
  }

  const control = (request: SandboxRequest): ControlAnswer =>
    answerControl({ desk, faults, request, webhooks: open?.webhooks })

  const origins: Record<string, string> = {}
  for (const { host, server } of servers) origins[host] = await listen(server, ports[host] ?? 0)
  open = sandbox.open(desk, { origins, rateLimit, tokenLifeMs })

  return {
    settings: open.settings,
    origins,
    faults,
    async close() {
      closing.abort()
      open?.webhooks?.close()
      await Promise.all(
        servers.map(
          ({ server }) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve())
              server.closeAllConnections()
            }),
        ),
      )
    },
  }
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

async function requestFrom(incoming: IncomingMessage): Promise<SandboxRequest | SandboxAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    bytes += chunk.length
    if (bytes > mostBodyBytes)
      return { status: 413, headers: { connection: 'close' }, body: { error: 'The body is too large' } }
    chunks.push(chunk)
  }
  const [rawPath = '/', rawQuery = ''] = splitOnce(incoming.url ?? '/', '?')
  const path = decoded(rawPath)
  if (path === null) return { status: 400, body: { error: 'The path is not well encoded' } }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(rawQuery),
    headers,
    body: Buffer.concat(chunks),
  }
}

function send(outgoing: ServerResponse, answer: SandboxAnswer): void {
  const { headers, bytes } = encoded(answer)
  outgoing.writeHead(answer.status, { ...headers, 'content-length': String(bytes.length) })
  outgoing.end(bytes)
}

function encoded(answer: SandboxAnswer): { headers: Record<string, string>; bytes: Buffer } {
  const { body, headers = {} } = answer
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (body === undefined) return { headers: given, bytes: Buffer.alloc(0) }
  if (body instanceof Uint8Array) return { headers: given, bytes: Buffer.from(body) }
  if (typeof body === 'string')
    return { headers: { 'content-type': 'text/plain; charset=utf-8', ...given }, bytes: Buffer.from(body) }
  return {
    headers: { 'content-type': 'application/json; charset=utf-8', ...given },
    bytes: Buffer.from(JSON.stringify(body)),
  }
}

const htmlPage =
  '<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body><h1>We will be right back</h1></body></html>'
const html = { 'content-type': 'text/html; charset=utf-8' }

async function misbehave(
  outgoing: ServerResponse,
  fault: Fault,
  real: SandboxAnswer | null,
  closing: AbortSignal,
): Promise<void> {
  switch (fault.kind) {
    case 'time-out':
      return
    case 'reset':
      outgoing.socket?.resetAndDestroy()
      return
    case '429':
      return send(outgoing, { status: 429, headers: { 'retry-after': '1' }, body: { error: 'Too many requests' } })
    case '429-bare':
      return send(outgoing, { status: 429, body: { error: 'Too many requests' } })
    case '500':
      return send(outgoing, { status: 500, body: { error: 'Internal server error' } })
    case '502':
      return send(outgoing, { status: 502, headers: html, body: htmlPage })
    case 'html':
      return send(outgoing, { status: 200, headers: html, body: htmlPage })
    case 'slow': {
      await pause(fault.delayMs, closing)
      if (!outgoing.destroyed && real) send(outgoing, real)
      return
    }
    case 'malformed': {
      const { headers, bytes } = encoded(real ?? { status: 200, body: {} })
      const broken = bytes.length > 1 ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : Buffer.from('{"')
      return send(outgoing, { status: real?.status ?? 200, headers, body: broken })
    }
    case 'cut': {
      const { headers, bytes } = encoded(real ?? { status: 200, body: {} })
      const whole = bytes.length > 1 ? bytes : Buffer.from('{}')
      outgoing.writeHead(real?.status ?? 200, { ...headers, 'content-length': String(whole.length) })
      outgoing.write(whole.subarray(0, Math.floor(whole.length / 2)), () => outgoing.socket?.destroy())
      return
    }
  }
}

function pause(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    closing.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}
