/**
 * Calls to vendors: time-outs, size limits, rate budgets, retries with backoff and `Retry-After`, a breaker per session,
 * and every failure as one of the errors of `errors.ts`. Redirects are not followed: credentials stay with their host.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  ExponentialBackoff,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel'
import pThrottle from 'p-throttle'
import {
  FixCredentialsError,
  GoneError,
  type ProviderAnswer,
  RefusedError,
  TryAgainError,
  type VendorError,
} from '#errors.ts'
import { concealIn, concealing, isSecretName } from '#secrets.ts'
import type { HostLog, Json } from './contract.ts'
import { type Exchange, exchange, KeptBackError, type ReadHeaders, TooLargeError } from './exchange.ts'
import { InsideError, type Reach } from './reach.ts'

export type HttpCall = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path below the base URL, already encoded, with its query; or an absolute URL on the same host. */
  path: string
  /** An object goes out as JSON, `URLSearchParams` and `FormData` as forms, a string or bytes as they are. */
  body?: Json | URLSearchParams | FormData | Uint8Array
  headers?: Record<string, string>
  /** True: repeating it changes nothing at the vendor, so it is tried again after a passing failure. */
  isRead: boolean
}

export type HttpAnswer = {
  status: number
  headers: ReadHeaders
  /** Empty when the vendor sent no body. */
  text: string
  /** The body as JSON; throws TryAgainError when it is none (an HTML error page, a body cut off). */
  json(): Json
}

export type HttpOptions = {
  baseUrl: string
  /** `configured` when left out: `baseUrl` is the operator's word. To be given where a vendor's data says where to call. */
  reach?: Reach
  log: HostLog
  /** Shared by everybody who spends the same allowance, see `budgetFor`. */
  budget?: Budget
  timeoutMs?: number
  /** Attempts after the first one, for reads. */
  retries?: number
  maxBytes?: number
  /** Headers of each attempt (a fresh nonce, the current token). Called with the serialised body. */
  authorize?: (
    call: HttpCall,
    url: URL,
    body: string | Uint8Array | undefined,
  ) => Promise<Record<string, string>> | Record<string, string>
  /**
   * Reads a vendor's own failure from an answer, whatever its status: returns the error to throw, or null to go by status
   * alone. Called for every answer, since some vendors fail with 200.
   */
  explain?: (answer: HttpAnswer) => VendorError | null
}

export type Http = { send(call: HttpCall): Promise<HttpAnswer> }

const longestWaitMs = 30_000

export function openHttp(options: HttpOptions): Http {
  const { baseUrl, reach = 'configured', log, budget = unlimited } = options
  const { timeoutMs = 20_000, retries = 4, maxBytes = 64 * 1024 * 1024 } = options
  const base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`)

  const mayRetry = handleWhen((error) => error instanceof TryAgainError && (error.retryAfterMs ?? 0) <= longestWaitMs)
  const backoff = new ExponentialBackoff({ initialDelay: 250, maxDelay: 8_000 })
  const retrying = retry(mayRetry, {
    maxAttempts: retries,
    backoff: new DelegateBackoff((context, previous?: ReturnType<typeof backoff.next>) => {
      const error = 'error' in context.result ? context.result.error : null
      const next = previous?.next(context) ?? backoff.next()
      const asked = error instanceof TryAgainError ? error.retryAfterMs : null
      return { delay: asked ?? next.duration, state: next }
    }),
  })
  // Eight failures in a row and the vendor is left alone for a moment; a refusal is an answer, so it does not count.
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof TryAgainError && error.provider.httpStatus !== 429),
    {
      halfOpenAfter: 5_000,
      breaker: new ConsecutiveBreaker(8),
    },
  )
  const patient = wrap(retrying, breaker)

  async function attempt(call: HttpCall): Promise<HttpAnswer> {
    const url = urlOf(base, call.path)
    const body = await bodyOf(call.body)
    await budget()
    const headers = {
      accept: 'application/json',
      ...body?.headers,
      ...call.headers,
      ...(await options.authorize?.(call, url, body?.content)),
    }
    // Some vendors repeat in a refusal what they were given: it goes before anybody reads, cuts or keeps the text.
    const conceal = concealing([...credentialsIn(headers), ...credentialsOfBody(call.body)])
    const quiet = concealing(call.isRead ? [] : wordsIn(call.body), '[what was sent]')
    const { method, isRead } = call
    const beforeSend = isRead ? undefined : writeGuard.getStore()
    const sent = { method, reach, headers, body: body?.content, isRead, timeoutMs, maxBytes, beforeSend }
    const answer = await answerTo(url, sent, (text, status) => (status < 300 ? conceal(text) : quiet(conceal(text))))
    const failure = options.explain?.(answer) ?? failureOf(answer, `${method} ${url.pathname}`)
    if (!failure) return answer
    concealIn(failure, quiet) // some refuse with 200
    throw failure
  }

  return {
    async send(call) {
      const started = performance.now()
      try {
        return await (call.isRead ? patient : breaker).execute(() => attempt(call))
      } catch (error) {
        const failure =
          error instanceof BrokenCircuitError
            ? new TryAgainError(`${base.host} failed repeatedly; it is left alone for 5 s`, {
                cause: error,
                retryAfterMs: 5_000,
              })
            : error
        log.debug(
          {
            method: call.method,
            path: pathOnly(call.path),
            durationMs: Math.round(performance.now() - started),
            error: failure,
          },
          'vendor call failed',
        )
        throw failure
      }
    },
  }
}

const writeGuard = new AsyncLocalStorage<() => void>()

/**
 * Runs `work` with `guard` called right before each call that is no read goes out, over a connection that stands. What
 * it throws keeps the call back; that it was called says that from here on the vendor may have done something.
 */
export function guardingWrites<Result>(guard: () => void, work: () => Promise<Result>): Promise<Result> {
  return writeGuard.run(guard, work)
}

/** Waits until the next call is allowed. */
export type Budget = () => Promise<void>
const unlimited: Budget = async () => {}
const budgets = new Map<string, Budget>()

/** The allowance shared under one key in this process, e.g. all Comm100 backends behind one address. */
export function budgetFor(key: string, limit: { calls: number; windowMs: number }): Budget {
  const name = `${key} ${limit.calls}/${limit.windowMs}`
  const known = budgets.get(name)
  if (known) return known
  const budget = pThrottle({ limit: limit.calls, interval: limit.windowMs, strict: true })(async () => {})
  budgets.set(name, budget)
  return budget
}

/**
 * JSON with integers beyond 2^53 kept as text, so that 64-bit ids survive, and with NUL characters and lone surrogates,
 * which Postgres refuses, replaced by U+FFFD.
 */
export function parseJson(text: string): Json {
  if (isTooDeep(text)) throw new SyntaxError(`nested more than ${deepestNesting} times`)
  const parsed = parseExactly(text)
  return /\\u(0000|d[89a-f])/i.test(text) ? wellFormed(parsed) : parsed
}

/** Whoever walks through an answer would run out of stack at some thousand; no vendor's answer reaches 20. */
const deepestNesting = 200

/** Looks at each sign once, 0.2 ms for 100 kB. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      // To the end of the string; a sign behind a backslash does not end it.
      for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > deepestNesting) return true
    } else if (code === 0x5d || code === 0x7d) depth--
  }
  return false
}

function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd')
  if (Array.isArray(value)) return value.map(wellFormed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [wellFormed(key) as string, wellFormed(item)]))
}

function parseExactly(text: string): Json {
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  // The third argument carries the source text of a primitive (Node 21 and later).
  const exact = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(context?.source ?? '')
      ? context?.source
      : value
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown)
}

/** Milliseconds of a `Retry-After` header (seconds or a date); null when there is none. */
export function retryAfterMsOf(headers: ReadHeaders): number | null {
  const value = headers.get('retry-after')
  if (!value) return null
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

function urlOf(base: URL, path: string): URL {
  const url = /^https?:/i.test(path) ? new URL(path) : new URL(path.replace(/^\//, ''), base)
  if (url.host !== base.host || url.protocol !== base.protocol) {
    throw new RefusedError(`an address on ${url.host} was given where only ${base.host} is expected; it was not called`)
  }
  return url
}

/** What proves who we are, without the words before it. */
function credentialsIn(headers: Record<string, string>): string[] {
  const proofs = Object.entries(headers).filter(([name]) => isSecretName(name))
  return proofs.map(([, value]) => /(?<=Signature=)\w+|\S+$/.exec(value)?.[0] ?? '')
}

/** Of those who want their key among the fields, as LibreTranslate does. */
function credentialsOfBody(body: HttpCall['body']): string[] {
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array) return []
  const fields = body instanceof URLSearchParams || body instanceof FormData ? [...body] : Object.entries(body)
  return fields.flatMap(([name, value]) => (typeof value === 'string' && isSecretName(name) ? [value] : []))
}

/** What people wrote of a body: neither ids nor addresses, which tell what was wrong. */
function wordsIn(body: unknown): string[] {
  // In pieces too: of what is escaped, and escaped again, only what stands between is the same.
  if (typeof body === 'string') return [body, ...body.split(/["\\<>&\r\n]+/)].filter(isSaid)
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array || body instanceof Blob) return []
  const isForm = body instanceof URLSearchParams || body instanceof FormData
  return [...(isForm ? body.values() : Object.values(body))].flatMap(wordsIn)
}

function isSaid(words: string): boolean {
  return words.length >= 12 && /\s|[^\0-\x7f]/.test(words)
}

type EncodedBody = { content: string | Uint8Array; headers: Record<string, string> }

async function bodyOf(body: HttpCall['body']): Promise<EncodedBody | undefined> {
  if (body === undefined) return undefined
  if (typeof body === 'string' || body instanceof Uint8Array) return { content: body, headers: {} }
  if (body instanceof URLSearchParams)
    return { content: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  if (body instanceof FormData) {
    const form = new Response(body)
    return { content: await form.bytes(), headers: { 'content-type': form.headers.get('content-type') ?? '' } }
  }
  return { content: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

type ConcealAnswer = (text: string, status: number) => string

async function answerTo(url: URL, call: Exchange, conceal: ConcealAnswer): Promise<HttpAnswer> {
  try {
    const { status, headers, text: told } = await exchange(url, call)
    const text = conceal(told, status)
    return { status, headers, text, json: () => jsonOf(status, text, url) }
  } catch (error) {
    if (error instanceof KeptBackError) throw error.cause
    const message = `${url.host}${url.pathname}: ${causeOf(error)}`
    throw error instanceof TooLargeError || error instanceof InsideError
      ? new RefusedError(message, { cause: error })
      : new TryAgainError(message, { cause: error })
  }
}

function jsonOf(httpStatus: number, text: string, url: URL): Json {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new TryAgainError(`${url.host}${url.pathname}: expected JSON, got ${JSON.stringify(text.slice(0, 80))}`, {
      httpStatus,
      cause,
    })
  }
}

/** What an answer's status means when the vendor's own words say nothing more; null for 2xx. */
export function failureOf(
  { status, headers, text }: Pick<HttpAnswer, 'status' | 'headers' | 'text'>,
  what: string,
): VendorError | null {
  if (status >= 200 && status < 300) return null
  const provider: Partial<ProviderAnswer> = { httpStatus: status }
  const message = `${what} answered ${status}${text && `: ${text.slice(0, 200)}`}`
  if (status === 401 || status === 403) return new FixCredentialsError(message, provider)
  if (status === 404 || status === 410) return new GoneError(message, provider)
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return new TryAgainError(message, { ...provider, retryAfterMs: retryAfterMsOf(headers) })
  return new RefusedError(message, provider)
}

export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}

/** Query strings can hold signatures: they are left out of logs. */
function pathOnly(path: string): string {
  return path.split('?', 1)[0] ?? path
}
