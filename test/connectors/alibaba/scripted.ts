/** A wire that answers as a test tells it, and remembers what was asked. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { alibaba } from '#connectors/alibaba/connector.ts'
import type { Host, HostLog, Session } from '#connectors/contract.ts'

export type Call = {
  action: string
  query: Record<string, string>
  form: Record<string, string>
  headers: Record<string, string | string[] | undefined>
  path: string
  method: string
  /** Path with its query, as it came. */
  url: string
  body: string
}
export type Answer = { status?: number; headers?: Record<string, string>; body: unknown }
export type Scripted = { session: Session; calls: Call[]; origin: string; close(): Promise<void> }

const silent = () => {}
const quietLog: HostLog = { debug: silent, info: silent, warn: silent, error: silent }
export const quietHost: Host = { log: quietLog, now: () => new Date() }

export const secret = 'do-not-show-this-secret'
export const token = 'do-not-show-this-token'

/** A session of the connector whose every call is answered by `answer`. A string goes out as it is. */
export async function scripted(answer: (call: Call) => Answer, more: Record<string, unknown> = {}): Promise<Scripted> {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const url = new URL(request.url ?? '/', 'http://test')
    const call: Call = {
      action: String(request.headers['x-acs-action'] ?? ''),
      query: Object.fromEntries(url.searchParams),
      form: Object.fromEntries(new URLSearchParams(body)),
      headers: request.headers,
      path: url.pathname,
      method: request.method ?? '',
      url: request.url ?? '',
      body,
    }
    calls.push(call)
    const { status = 200, headers = {}, body: out } = answer(call)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof out === 'string' || Buffer.isBuffer(out) ? out : JSON.stringify(out))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const settings = alibaba.settings.parse({
    endpoint: origin,
    accessKeyId: 'LTAItest',
    accessKeySecret: secret,
    rateLimit: { calls: 10_000, windowMs: 1000 },
    ...more,
  })
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { session: alibaba.connect(settings, quietHost), calls, origin, close }
}

export function ok(data: unknown, more: Record<string, unknown> = {}): Answer {
  return { body: { RequestId: 'R-1', Success: true, Code: 0, Message: 'success', Data: data, ...more } }
}

export function listed(rows: unknown[], total = rows.length): Answer {
  return ok(rows, { PageNumber: 1, PageSize: 100, TotalCount: total })
}
