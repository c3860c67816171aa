/**
 * Where help desks tell us of their changes: `POST /webhooks/<workspace key>/<backend key>`, with whatever the vendor
 * needs behind it. Without the workspace's key where no other workspace has a backend of the same key. A call is noted with the jobs that follow from it, then it is answered; the vendor is asked only later, by a worker.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connector, WebhookCall, WebhookNews } from '#connectors/contract.ts'
import { WebhookRefusal } from '#errors.ts'
import type { DbOf } from '#platform/db/wall.ts'
import { bytesOf } from '#platform/http/bytes.ts'
import { say } from '#platform/http/say.ts'
import type { Log } from '#platform/log.ts'
import { type OnHeardOf, openCallLog } from './calls.ts'

export type CalledBackend = {
  workspaceId: string
  workspaceKey?: string
  backendId: string
  key: string
  connector: Pick<Connector, 'readWebhook'>
  settings: unknown
}

export type WebhookOptions = {
  dbOf: DbOf
  log: Log
  backends: CalledBackend[]
  /** What follows from a call, for each ticket it tells of. */
  heardOf: OnHeardOf
  now?: () => Date
  bodyPatienceMs?: number
}

const PATH = '/webhooks/'
const MOST_BODY_BYTES = 1024 * 1024
const BODY_PATIENCE_MS = 5000
const comeBack = { 'retry-after': '5' }

/** What the gateway needs to serve webhooks. */
export function openWebhooks({ dbOf, log, backends, heardOf, now = () => new Date(), ...options }: WebhookOptions) {
  const byAddress = addressesOf(backends)
  const noteCall = openCallLog({ dbOf, heardOf })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tell = (status: number, message: string, headers: Record<string, string> = {}) =>
      say(request, response, { status, message, headers })
    if (request.method !== 'POST') return tell(405, 'Webhooks are posted here.', { allow: 'POST' })
    const { backend, rest } = placeOf(request, byAddress)
    const { readWebhook } = backend?.connector ?? {}
    if (!backend || !readWebhook) return tell(404, NOTHING_HERE)
    const { key } = backend

    const body = await bytesOf(request, MOST_BODY_BYTES)
    if (body === null) return
    if (body === 'tooLarge') return tell(413, `Expected a body of at most ${MOST_BODY_BYTES} bytes.`)
    if (body === 'tooMany') return tell(503, 'Not now; try again.', comeBack)
    const call: WebhookCall = { headers: headersOf(request), body, rest, receivedAt: now() }
    let news: WebhookNews
    try {
      news = readWebhook(backend.settings, call)
    } catch (error) {
      if (!(error instanceof WebhookRefusal)) throw error
      const { status, message } = error
      log.info({ backend: key, status, reason: message }, 'a webhook was refused')
      return tell(status, status === 404 ? NOTHING_HERE : message)
    }
    try {
      await noteCall({ ...news, workspaceId: backend.workspaceId, backendId: backend.backendId })
    } catch (error) {
      log.warn({ err: error, backend: key }, 'a webhook could not be noted, its sender is asked to come back')
      return tell(503, 'Not now; try again.', comeBack)
    }
    return tell(200, 'ok')
  }
  return { path: PATH, bodyPatienceMs: options.bodyPatienceMs ?? BODY_PATIENCE_MS, answer }
}

/** The same words for an unknown key and for a wrong secret. */
const NOTHING_HERE = 'There is no webhook at this address.'

function addressesOf(backends: CalledBackend[]): Map<string, CalledBackend> {
  const short = [...Map.groupBy(backends, ({ key }) => key)].flatMap(([key, [backend, ...others]]) =>
    backend && others.length === 0 ? [[key, backend] as const] : [],
  )
  const long = backends.map((backend) => [`${backend.workspaceKey}/${backend.key}`, backend] as const)
  return new Map([...short, ...long])
}

function placeOf(request: IncomingMessage, byAddress: Map<string, CalledBackend>) {
  const path = (request.url ?? '').split('?', 1)[0]?.slice(PATH.length) ?? ''
  const [first = '', second = '', ...others] = path.split('/').map(decoded)
  const named = byAddress.get(`${first}/${second}`)
  const rest = named ? others : path.split('/').map(decoded).slice(1)
  return { backend: named ?? byAddress.get(first), rest: rest.join('/') }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))
}
