/** One request as Standard Webhooks describes it. Source: standardwebhooks.com, specification 1.0. */
import { createHmac } from 'node:crypto'
import { exchange } from '#connectors/exchange.ts'
import { InsideError } from '#connectors/reach.ts'
import { messageIdOf } from '#domain/webhooks/message-id.ts'
import { textWithoutSecrets } from '#secrets.ts'
import type { Calling } from './calling.ts'

const TIMEOUT_MS = 15_000
const SHOWN_CHARACTERS = 2_000
const LONGEST_PROBLEM = 500

/** What came of a request. `problem` null: the receiver took it. */
export type Sent = {
  status: number | null
  durationMs: number
  response: string | null
  problem: string | null
  /** How long the receiver wants to be left alone. */
  retryAfterMs: number | null
}

/** Never throws: what goes wrong on the way is the receiver's to mend, and shown. */
export async function send(
  { localAddresses }: Calling,
  request: { url: string; deliveryId: string; body: string; keys: readonly Buffer[] },
): Promise<Sent> {
  const url = new URL(request.url)
  const startedAt = performance.now()
  const durationMs = () => Math.round(performance.now() - startedAt)
  const failed = (problem: string) => ({ ...neverSent(problem), durationMs: durationMs() })
  if (url.protocol !== 'https:' && !localAddresses) return failed('The address is not one of https.')
  try {
    const { status, headers, text } = await exchange(url, {
      ...{ method: 'POST', reach: localAddresses ? 'configured' : 'public', isRead: false },
      ...{ headers: headersOf(request, new Date()), body: request.body, timeoutMs: TIMEOUT_MS },
      ...{ maxBytes: SHOWN_CHARACTERS * 4, isCut: true },
    })
    const response = text.replaceAll('\0', '').slice(0, SHOWN_CHARACTERS).toWellFormed()
    const retryAfterMs = millisecondsFrom(headers.get('retry-after'), new Date())
    return { status, durationMs: durationMs(), response, problem: problemOf(status), retryAfterMs }
  } catch (error) {
    if (error instanceof InsideError) return failed('The address leads to no host on the internet; it was not called.')
    return failed(textWithoutSecrets(String((error as Error).message)).slice(0, LONGEST_PROBLEM))
  }
}

/** Of what went nowhere. */
export function neverSent(problem: string): Sent {
  return { status: null, durationMs: 0, response: null, problem, retryAfterMs: null }
}

function headersOf(
  { deliveryId, body, keys }: { deliveryId: string; body: string; keys: readonly Buffer[] },
  now: Date,
): Record<string, string> {
  const id = messageIdOf(deliveryId)
  const timestamp = Math.floor(now.getTime() / 1000)
  const signatures = keys.map((key) => {
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
    return `v1,${signature}`
  })
  return {
    ...{ 'content-type': 'application/json; charset=utf-8', 'user-agent': 'deskgraph-webhooks', accept: '*/*' },
    ...{ 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') },
    'accept-encoding': 'identity',
  }
}

function problemOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  const why = status >= 300 && status < 400 ? ', and redirects are not followed' : ''
  return `The receiver answered ${status}${why}.`
}

/** Seconds, or a date as HTTP writes it. */
function millisecondsFrom(retryAfter: string | null, now: Date): number | null {
  if (retryAfter === null) return null
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now.getTime()
  return Number.isFinite(ms) && ms > 0 ? ms : null
}
