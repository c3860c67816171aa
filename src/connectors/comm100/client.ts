/** Comm100's calls: one function per endpoint. Credentials are renewed once when refused, then the call is repeated once. */
import type { Host, Json, JsonObject } from '#connectors/contract.ts'
import { budgetFor, type HttpAnswer, type HttpCall, openHttp, retryAfterMsOf } from '#connectors/http.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError, type VendorError } from '#errors.ts'
import { openAuth } from './auth.ts'
import type { Comm100Settings } from './settings.ts'

export type Client = ReturnType<typeof openClient>

export function openClient(settings: Comm100Settings, host: Host) {
  const base = new URL(settings.apiUrl.endsWith('/') ? settings.apiUrl : `${settings.apiUrl}/`)
  // The vendor counts per outgoing address: one budget for the whole process, whatever the backend.
  const budget = budgetFor('comm100', settings.rateLimit)
  const auth = openAuth(settings, host, budget)
  const http = openHttp({ baseUrl: base.href, log: host.log, budget, timeoutMs: settings.timeoutMs, explain })

  function addressOf(path: string, query: Record<string, string | null> = {}): string {
    const url = new URL(path, base)
    for (const [name, value] of Object.entries({ ...query, ...auth.query }))
      if (value !== null) url.searchParams.set(name, value)
    return url.href
  }

  /** A 401 says that nothing was done, so even a write may go out again with a new token. */
  async function signedIn<Result>(send: (authorization: string) => Promise<Result>): Promise<Result> {
    const authorization = await auth.header()
    try {
      return await send(authorization)
    } catch (error) {
      if (!isUnauthorized(error) || !(await auth.renew(authorization))) throw error
      return send(await auth.header())
    }
  }

  async function get(path: string, query: Record<string, string | null> = {}): Promise<Json> {
    const address = addressOf(path, query)
    return signedIn(async (authorization) => {
      const send = () => http.send({ method: 'GET', path: address, headers: { authorization }, isRead: true })
      const answer = await send()
      try {
        return answer.json()
      } catch {
        // Broken inside: asked for once more, then it is the caller's.
        return (await send()).json()
      }
    })
  }

  async function write(method: Exclude<HttpCall['method'], 'GET'>, path: string, body?: HttpCall['body']) {
    const call = { method, path: addressOf(path), ...(body === undefined ? {} : { body }), isRead: false }
    try {
      return await signedIn((authorization) => http.send({ ...call, headers: { authorization } }))
    } catch (error) {
      // The credentials are good, what they are used for is not allowed.
      if (error instanceof FixCredentialsError && !isUnauthorized(error))
        throw new RefusedError(error.message, { ...error.provider, cause: error })
      throw error
    }
  }

  const pageSize = settings.pageSize === null ? null : String(settings.pageSize)
  const include = settings.include.join(',')
  const ticketPath = (id: string) => `ticketing/tickets/${encodeURIComponent(id)}`

  return {
    base,
    auth,
    budget,
    get,
    /** Anything that changes something: goes out once. Not allowed (403) is a refusal. */
    write,
    /** Any page by the link the vendor gave, already checked by `nextLink`. */
    page: (link: string) => get(link),
    /** `{ tickets, nextPage, previousPage, total }` (SEEN). `time`: changed at or after (SEEN; "at or after" ASSUMED). */
    tickets: (time: string) => get('ticketing/tickets', { time, include, pageSize, ...firstPage(pageSize) }),
    /** The bare ticket (SEEN), as in the list. */
    ticket: (id: string) => get(ticketPath(id), { include }),
    messages: (ticketId: string) => get(`${ticketPath(ticketId)}/messages`, { pageSize, ...firstPage(pageSize) }),
    notes: (ticketId: string) => get(`${ticketPath(ticketId)}/notes`, { pageSize, ...firstPage(pageSize) }),
    draft: (ticketId: string) => get(`${ticketPath(ticketId)}/draft`),
    message: (id: string) => get(`ticketing/messages/${encodeURIComponent(id)}`),
    note: (id: string) => get(`ticketing/notes/${encodeURIComponent(id)}`),
    /** Bare arrays (SEEN). */
    tags: () => get('ticketing/tags'),
    views: () => get('ticketing/views', { include: 'viewCondition' }),
    fields: () => get('ticketing/fields'),
    /** Envelopes not seen. */
    agents: () => get('global/agents'),
    departments: () => get(settings.departmentsPath),
    /** `{ contacts, nextPage, … }` (SEEN). */
    contacts: () => get(settings.contactsPath, { include: 'contactIdentity', pageSize, ...firstPage(pageSize) }),
  }
}

/** `pageIndex` counts from 1. Source: v2 and v3 (SEEN), v4 (ASSUMED). */
function firstPage(pageSize: string | null) {
  return { pageIndex: pageSize === null ? null : '1' }
}

type NextLink = { kind: 'none' } | { kind: 'page'; link: string } | { kind: 'foreign'; host: string }

/**
 * Where `nextPage` leads. Followed only on the interface's own host, because credentials go with the call. An `http` link
 * on an `https` interface (a proxy's mistake) is taken as `https`.
 */
export function nextLink(nextPage: unknown, base: URL): NextLink {
  const text = textOf(nextPage)
  if (!text) return { kind: 'none' }
  if (!URL.canParse(text, base.href)) return { kind: 'foreign', host: text.slice(0, 80) }
  const url = new URL(text, base)
  if (url.protocol === 'http:' && base.protocol === 'https:' && url.hostname === base.hostname) {
    url.protocol = 'https:'
    url.port = base.port
  }
  return url.origin === base.origin ? { kind: 'page', link: url.href } : { kind: 'foreign', host: url.origin }
}

/** The rows of a list: a bare array, or one of these keys of an envelope; null when it is neither. */
export function rowsOf(answer: Json, keys: readonly string[]): { rows: Json[]; nextPage: Json; total: Json } | null {
  if (Array.isArray(answer)) return { rows: answer, nextPage: null, total: null }
  const envelope: JsonObject | null = objectOf(answer)
  for (const key of keys) {
    const rows = envelope?.[key]
    if (Array.isArray(rows)) return { rows, nextPage: envelope?.nextPage ?? null, total: envelope?.total ?? null }
  }
  return null
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof FixCredentialsError && error.provider.httpStatus === 401
}

/** The vendor's error body is ASSUMED to be `{ code, message }`; the status on an overrun 429, perhaps 403. */
function explain({ status, headers, text }: HttpAnswer): VendorError | null {
  if (status < 400)
    return status === 200 && isCutOff(text)
      ? new TryAgainError('expected JSON, got something else or a part of it', { httpStatus: status })
      : null
  const body = objectOf(text)
  const code = idOf(body?.code)
  const message = `Comm100 answered ${status}: ${textOf(body?.message) ?? text.slice(0, 200)}`
  const provider = { httpStatus: status, code, requestId: headers.get('x-request-id') }
  const isOverrun = status === 429 || (status === 403 && /rate|limit|too many|quota/i.test(message))
  if (isOverrun || status >= 500)
    return new TryAgainError(message, { ...provider, retryAfterMs: retryAfterMsOf(headers) })
  if (status === 401 || status === 403) return new FixCredentialsError(message, provider)
  if (status === 404 || status === 410) return new GoneError(message, provider)
  return status === 408 || status === 425 ? null : new RefusedError(message, provider)
}

// A cheap look at both ends, so that a broken answer is asked for again at once; reading it finds the rest.
function isCutOff(text: string): boolean {
  return text !== '' && !(/^\s*[[{"n]/.test(text) && /[\]}"l]\s*$/.test(text.slice(-8)))
}
