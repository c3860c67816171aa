/** The HTTP door: what happens to a request, in this order: request id · health · doors such as downloads and uploads · GraphiQL · authentication · GraphQL. */
import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isPassing } from '#platform/db/failed-query.ts'
import { type Gathering, openGathering } from '#platform/gathering.ts'
import { type Budget, type Budgets, openBudgets, usualBudgets } from '#platform/limits/budgets.ts'
import { usualLimits, usualStreamLimits } from '#platform/limits/limits.ts'
import { admit, showBudget } from '#platform/limits/rate-limit.ts'
import type { Live } from '#platform/live/live.ts'
import { deaf, type Wakes } from '#platform/live/wakes.ts'
import { logAccess } from './access-log.ts'
import type { Client } from './admitted.ts'
import { bodyReader } from './body.ts'
import { drained } from './draining.ts'
import { retryAfterSeconds } from './errors.ts'
import { graphiqlPage } from './graphiql.ts'
import { openGraphql, type Served } from './graphql.ts'
import { listenWith } from './listening.ts'
import { openOrigins } from './origins.ts'
import { type Refusal, refusals, refuse } from './refusal.ts'
import { inRequest, openProxies, type RequestFacts, requestFacts } from './request.ts'
import { pagePolicy, secure } from './secure.ts'
import { type Authenticate, bearerTokenIn, signedIn } from './signing-in.ts'
import { openSlots } from './slots.ts'
import { openStreams } from './streams.ts'
import { boundUnread } from './unread.ts'
import { openWebSockets } from './websockets.ts'

export type GatewayOptions = Served & {
  host: string
  /** 0 picks a free one. */
  port: number
  authenticate: Authenticate
  /** The page for people; `token` is written into it, so give one only where nobody else can reach it. */
  graphiql: false | { token: string | null; tabs: string[] }
  /** Addresses and networks of the proxies in front of us, whose word on where a request came from counts; by default none. */
  trustedProxies?: readonly string[]
  /** Says when something has happened; without it streams look once a second. */
  wakes?: Wakes
  /** How much each token may ask for; by default the usual budgets, counted by this gateway alone. */
  budgets?: Budgets
  /** Pages of other origins that may ask; `*` is all of them. */
  allowedOrigins?: readonly string[]
  /** How many requests are worked on at once; by default 32. */
  requestsAtOnce?: number
  /** Signs download addresses, and answers them. */
  downloads?: { key: string } & Door
  /** Signs upload addresses, says how large a file may be, and takes the bytes. */
  uploads?: { key: string; maxBytes: number } & Door
  /** Who else answers below a path of its own, by its own rules of who may. */
  doors?: Door[]
  /** See `GraphqlOptions`. */
  shortRoad?: boolean
}

/** A request, until its answer is out. */
type UnderWay = {
  response: ServerResponse
  facts: RequestFacts
  /** Until when its body has to be there. */
  bodyUntilMs: number
  /** Called when the client goes; see `clientOf`. */
  onGone: (() => void) | null
}

export type Door = {
  /** What the paths it answers begin with. */
  path: string
  /** How long the whole of a request's body may take to come; by default 15 s. */
  bodyPatienceMs?: number
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
}

export type Gateway = {
  /** Address of the GraphQL endpoint. */
  url: string
  /** Refuses new requests, waits for those under way (8 s at most), and closes. */
  close(): Promise<void>
}

const graphqlPath = '/graphql'
const KNOWN_PATHS = new Set(['/', graphqlPath, '/health/live', '/health/ready'])
const maxBodyBytes = 1024 * 1024
const bodyPatienceMs = 10_000
const LOOK_AT_BODIES_EVERY_MS = 200
/** Of answers that are done and that their readers do not take: those of the slowest go when there are more. */
const mostUnreadBytes = 32 * 1024 * 1024
/** So long a connection may stand still: a reader that has stopped reading holds memory. */
const idleConnectionMs = 60_000
const alwaysUp: NonNullable<GatewayOptions['store']> = { isUp: () => true, onDown() {} }
/** More of them at once are not done sooner: Node works on one thing at a time, and Postgres has few cores. */
const requestsAtOnceByDefault = 32
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, host, port, downloads, uploads } = options
  const { requestsAtOnce = requestsAtOnceByDefault, store = alwaysUp, budgets = openBudgets(usualBudgets) } = options
  const { streamLimits = usualStreamLimits, limits = usualLimits, persisted = null } = options
  const doors = [downloads, uploads, ...(options.doors ?? [])].filter((door) => door !== undefined)

  const ending = new AbortController()
  setMaxListeners(0, ending.signal) // every stream hears of it
  const { on } = options.wakes ?? deaf
  const live: Live = { on, ending: ending.signal, log }
  const streams = openStreams({ authenticate: options.authenticate, limits: streamLimits })
  const graphql = openGraphql({ ...options, path: graphqlPath, store, limits, streamLimits, persisted, streams, live })
  const page = options.graphiql && graphiqlPage(options.graphiql)
  const origins = openOrigins({ allowed: options.allowedOrigins ?? [], isLoopback: isLoopbackName(host) })
  const bodies = bodyReader({ mostBytes: maxBodyBytes })
  const bound = boundUnread({ mostBytes: mostUnreadBytes })
  const slots = openSlots({ count: requestsAtOnce })
  const underWay = openGathering<UnderWay>()
  const looking = setInterval(() => endSlowBodies(underWay), LOOK_AT_BODIES_EVERY_MS).unref()
  let isDraining = false

  async function answer(request: IncomingMessage, asking: UnderWay): Promise<void> {
    const { response, facts } = asking
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const door = doors.find((candidate) => path.startsWith(candidate.path))
    // What comes behind the name of a door may open something.
    facts.path = door ? door.path : KNOWN_PATHS.has(path) ? path : 'unknown'
    if (door?.bodyPatienceMs !== undefined) asking.bodyUntilMs = facts.startedAtMs + door.bodyPatienceMs
    secure(request, response)
    if (path === '/health/live') return send(response, 200, 'live\n')
    if (path === '/health/ready') {
      if (!isDraining && store.isUp()) return send(response, 200, 'ready\n')
      const words = isDraining ? 'shutting down\n' : 'the store does not answer\n'
      return send(response, 503, words, { 'retry-after': String(retryAfterSeconds) })
    }
    if (isDraining) return refuse(request, response, refusals.shuttingDown)
    if (door) return door.answer(request, response)
    if (path === '/') return send(response, 302, '', { location: graphqlPath })
    if (path !== graphqlPath) return send(response, 404, `There is nothing at ${path}. GraphQL is at ${graphqlPath}.\n`)
    if (page && wantsPage(request)) {
      const { token } = options.graphiql || { token: null }
      if (token !== null && !isLoopbackName(request.headers.host)) {
        return send(
          response,
          421,
          'This page holds a token and is served under a loopback name only, e.g. http://127.0.0.1.\n',
        )
      }
      return sendPage(request, response, await page())
    }
    return answerGraphql(request, asking)
  }

  async function answerGraphql(request: IncomingMessage, asking: UnderWay): Promise<void> {
    const { response, facts } = asking
    const { headers } = request
    let budget: Budget | null = null
    const refused = (refusal: Refusal) => {
      if (budget) showBudget(response, budget)
      refuse(request, response, { ...refusal, requestId: facts.id })
    }
    if (!origins.admit(request, response)) return refused(refusals.foreignPage)
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    if (!store.isUp()) return refused(refusals.storeIsDown)
    const bearerToken = bearerTokenIn(request.headers.authorization)
    const signed = await signedIn(bearerToken, options)
    if ('refusal' in signed) return refused(signed.refusal)
    const { viewer } = signed
    facts.tokenName = viewer.tokenName
    budget = budgets.of(viewer)
    const overspent = admit(budget)
    if (overspent) return refused(overspent)
    const read = request.method === 'POST' ? await bodies.read(request) : { body: null }
    if (!read) return // the client went away
    if ('refusal' in read) return refused(read.refusal)
    // A request that is still on its way holds no slot, or slow clients could hold them all.
    const giveBack = await slots.take()
    if (!giveBack) return refused(refusals.tooManyAtOnce)
    if (response.closed) return giveBack() // left while it waited
    response.once('close', giveBack)
    const paying = budget
    const onAnswer = () => {
      showBudget(response, paying)
      // Whoever does not read the answer keeps memory, and no slot.
      giveBack()
      bound(response)
    }
    const origin = originOf(request) ?? `http://${host}:${port}`
    const lastEventId = headers['last-event-id']
    const left = {
      client: clientOf(asking),
      giveBack,
      lastEventId: typeof lastEventId === 'string' ? lastEventId : null,
    }
    const given = { viewer, bearerToken, budget, onAnswer, facts, origin, body: read.body, ...left }
    await graphql.answer(request, response, given)
  }

  const isProxy = openProxies(options.trustedProxies ?? [])
  const requestTimeout = Math.max(bodyPatienceMs, ...doors.map((door) => door.bodyPatienceMs ?? 0))
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      const facts = requestFacts(request, response, isProxy)
      const asking: UnderWay = { response, facts, bodyUntilMs: facts.startedAtMs + bodyPatienceMs, onGone: null }
      const place = underWay.enter(asking)
      response.once('close', () => {
        underWay.leave(place)
        asking.onGone?.()
        logAccess(log, request.method, response, facts)
      })
      inRequest(facts, () =>
        answer(request, asking).catch((error) => {
          log.error({ err: error }, 'a request failed')
          if (response.headersSent) response.destroy()
          else if (isPassing(error)) refuse(request, response, { ...refusals.storeIsDown, requestId: facts.id })
          else send(response, 500, `Unexpected error (${facts.id}).\n`)
        }),
      )
    },
  )
  server.timeout = idleConnectionMs
  const webSockets = openWebSockets({
    ...{ server, path: graphqlPath, log, budgets, slots, mostBytes: maxBodyBytes },
    limits: streamLimits,
    refusalOf(request) {
      if (isDraining) return refusals.shuttingDown
      if (!origins.isListed(request)) return refusals.foreignPage
      return store.isUp() ? null : refusals.storeIsDown
    },
    factsOf: (request) => ({
      ...requestFacts(request, { setHeader: () => request as never }, isProxy),
      path: graphqlPath,
    }),
    originOf: (request) => originOf(request) ?? `http://${host}:${port}`,
    signedIn: (bearerToken) => signedIn(bearerToken, options),
    isStoreUp: store.isUp,
    openParams: (params) => graphql.guard.openParams(params as object) as typeof params,
    enveloped: (operation) => graphql.enveloped(operation) as never,
  })
  const listening = await listenWith(server, { host, port })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening.address.port}${graphqlPath}`,
    async close() {
      isDraining = true
      // Whoever asks on a connection that is just being closed is told nothing: so they are told before.
      for (const { response } of underWay.all()) if (!response.headersSent) response.setHeader('connection', 'close')
      ending.abort()
      await Promise.all([drained(server, listening, underWay), webSockets.close()])
      clearInterval(looking)
      streams.close()
      slots.close()
      await budgets.close()
    },
  }
}

function clientOf(asking: UnderWay): Client {
  return {
    isGone: () => asking.response.closed,
    onGone(listener) {
      asking.onGone = listener
      return () => {
        if (asking.onGone === listener) asking.onGone = null
      }
    },
  }
}

/** As Node's `requestTimeout` does, which knows only one time for all requests. A timer for each costs 2 µs. */
function endSlowBodies(underWay: Gathering<UnderWay>): void {
  const nowMs = performance.now()
  for (const { response, bodyUntilMs } of underWay.all()) {
    const { req: request } = response
    if (request.complete || nowMs < bodyUntilMs) continue
    if (!response.headersSent) request.socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    request.socket.destroy()
  }
}

/** As the client reached us; a proxy that ends TLS says so. It only shapes links that go back to the same client. */
function originOf({ headers }: IncomingMessage): string | null {
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
  return headers.host ? `${scheme}://${headers.host}` : null
}

/** A browser that opens the address, not a client that asks by GET. */
function wantsPage(request: IncomingMessage): boolean {
  return (
    request.method === 'GET' &&
    (request.headers.accept ?? '').includes('text/html') &&
    !/[?&]query=/.test(request.url ?? '')
  )
}

/** A page of another site can make its name point here, but not send another name than its own. */
function isLoopbackName(host: string | undefined): boolean {
  return /^(127(\.\d+){3}|localhost|\[::1\])(:\d+)?$/.test(host ?? '')
}

function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  { plain, gzipped }: { plain: Buffer; gzipped: Buffer },
): void {
  const isGzipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy,
    'cross-origin-resource-policy': 'same-origin',
    ...(isGzipped && { 'content-encoding': 'gzip' }),
  })
  response.end(isGzipped ? gzipped : plain)
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers })
  response.end(body)
}
