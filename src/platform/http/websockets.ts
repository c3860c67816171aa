/**
 * GraphQL over WebSocket, in the protocol `graphql-transport-ws`. An operation goes through what a request goes through:
 * token, budget, slot, limits, price, log.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql'
import { CloseCode, type Context, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Budgets } from '#platform/limits/budgets.ts'
import type { StreamLimits } from '#platform/limits/limits.ts'
import { rateLimited } from '#platform/limits/rate-limit.ts'
import type { Log } from '#platform/log.ts'
import { logOperation } from './access-log.ts'
import type { Admitted, Client } from './admitted.ts'
import { formatted, formattedError, inOurWords } from './errors.ts'
import { type Refusal, refusals } from './refusal.ts'
import { inRequest, type RequestFacts } from './request.ts'
import { bearerTokenIn, type SignedIn } from './signing-in.ts'
import type { GiveBack, Slots } from './slots.ts'

/** As `getEnveloped` of yoga gives it. */
type Enveloped = {
  schema: ExecutionArgs['schema']
  parse(text: string): ExecutionArgs['document']
  validate(schema: ExecutionArgs['schema'], document: ExecutionArgs['document']): readonly GraphQLError[]
  contextFactory(): unknown
  execute(args: ExecutionArgs): Result
  subscribe(args: ExecutionArgs): Result
}
// biome-ignore lint/suspicious/noExplicitAny: results of several libraries, which have the same shape.
type Result = any

export type WebSocketsOptions = {
  server: Server
  path: string
  log: Log
  /** Why nobody may connect from there or now; null: they may. */
  refusalOf(request: IncomingMessage): Refusal | null
  factsOf(request: IncomingMessage): RequestFacts
  originOf(request: IncomingMessage): string
  signedIn(bearerToken: string | null): Promise<SignedIn>
  isStoreUp(): boolean
  budgets: Budgets
  slots: Slots
  openParams(params: SubscribePayload): SubscribePayload
  enveloped(operation: Admitted): Enveloped
  mostBytes: number
  limits: StreamLimits
}

export type WebSockets = {
  /** Says that the server goes, and lets what is under way end first. */
  close(): Promise<void>
}

type Extra = {
  request: IncomingMessage
  facts: RequestFacts
  left: AbortController
  bearerToken: string | null
  close(code: number, reason: string): void
}
type Socket = Context<Record<string, unknown>, Extra>

const INIT_WITHIN_MS = 5_000
/** So much may wait for a client that does not read; beyond it is cut off, and goes on from its last cursor. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024
/** Ends of streams go out before the connection does. */
const LAST_WORDS_MS = 300
const DRAIN_MS = 7_000
const NO_OPERATION = 'Unable to identify operation'

export function openWebSockets(options: WebSocketsOptions): WebSockets {
  const { server, path, log, signedIn, budgets, slots, limits, openParams, enveloped } = options
  const underWay = new Set<Promise<unknown>>()
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.mostBytes, handleProtocols })
  let isClosing = false

  const protocol = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: INIT_WITHIN_MS,
    async onConnect(socket) {
      const { extra, connectionParams } = socket as Socket
      extra.bearerToken = bearerTokenIn(tokenIn(connectionParams)) ?? bearerTokenIn(extra.request.headers.authorization)
      const signed = await signedIn(extra.bearerToken)
      if ('viewer' in signed) return true
      if (signed.refusal.status === 401) extra.close(CloseCode.Unauthorized, 'Not signed in')
      else extra.close(1013, 'Try again later')
      return false
    },
    onSubscribe: (socket, _id, params) => begin(socket as Socket, params),
    execute: (args) => carryOut('execute', args as Begun),
    subscribe: (args) => carryOut('subscribe', args as Begun),
    onNext: (_socket, _id, _params, _args, result) => formatted(result as ExecutionResult),
    onError: (_socket, _id, _params, errors) => errors.map(formattedError),
  })

  /** Everything between a message and its execution. */
  async function begin({ extra }: Socket, params: SubscribePayload): Promise<Begun | GraphQLError[]> {
    const facts = { ...extra.facts, id: randomUUID(), startedAtMs: performance.now() }
    const refused = (refusal: Refusal) => {
      logOperation(log, facts, refusal.status)
      const { code, message, retryAfterSeconds } = refusal
      return [
        new GraphQLError(message, {
          extensions: { code, requestId: facts.id, ...(retryAfterSeconds && { retryAfterSeconds }) },
        }),
      ]
    }
    if (isClosing) return refused(refusals.shuttingDown)
    if (!options.isStoreUp()) return refused(refusals.storeIsDown)
    // The token of a connection that is open all day may be good no longer.
    const signed = await signedIn(extra.bearerToken)
    if ('refusal' in signed) return refused(signed.refusal)
    const { viewer } = signed
    facts.tokenName = viewer.tokenName
    const budget = budgets.of(viewer)
    if (!budget.admit()) return refused({ status: 429, code: 'RATE_LIMITED', message: rateLimited(budget).message })
    const giveBack = await slots.take()
    if (!giveBack) return refused(refusals.tooManyAtOnce)
    try {
      const args = await inRequest(facts, () => read({ viewer, budget, facts, giveBack }, extra, params))
      if (!Array.isArray(args)) return args
      logOperation(log, facts, 400)
      giveBack()
      return args
    } catch (error) {
      giveBack()
      logOperation(log, facts, 400)
      if (error instanceof GraphQLError) return [inOurWords(error)]
      log.error({ err: error }, 'an operation failed')
      return [
        new GraphQLError('Unexpected error.', { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: facts.id } }),
      ]
    }
  }

  async function read(
    operation: Pick<Admitted, 'viewer' | 'budget' | 'facts' | 'giveBack'>,
    { request, left, bearerToken }: Extra,
    given: SubscribePayload,
  ): Promise<Begun | GraphQLError[]> {
    const params = openParams(given)
    const { schema, parse, validate, contextFactory, execute, subscribe } = enveloped({
      ...operation,
      ...{ bearerToken, client: clientOf(left.signal), origin: options.originOf(request), lastEventId: null },
    })
    const document = parse(params.query)
    const problems = validate(schema, document)
    if (problems.length > 0) return problems.map(inOurWords)
    const { operationName, variables: variableValues } = params
    // The library would refuse it too, and its slot would be lost.
    if (!getOperationAST(document, operationName)) return [inOurWords(new GraphQLError(NO_OPERATION))]
    return {
      ...{ schema, document, operationName, variableValues, contextValue: await contextFactory() },
      begun: { facts: operation.facts, giveBack: operation.giveBack, execute, subscribe },
    }
  }

  async function carryOut(how: 'execute' | 'subscribe', { begun, ...args }: Begun): Promise<Result> {
    const { facts, giveBack } = begun
    const working = inRequest(facts, async () => begun[how](args))
    underWay.add(working)
    try {
      const result = await working
      if (how === 'execute' || !(Symbol.asyncIterator in result)) logOperation(log, facts, 200)
      else logWhenOver(result, facts)
      return result
    } catch (error) {
      logOperation(log, facts, 500)
      throw error
    } finally {
      // A stream is no request under way, and who has left by now has none.
      giveBack()
      underWay.delete(working)
    }
  }

  function logWhenOver(stream: AsyncIterableIterator<unknown>, facts: RequestFacts) {
    const { next } = stream
    const back = stream.return
    const logged = () => {
      if (facts.path === null) return
      logOperation(log, facts, 200)
      facts.path = null
    }
    stream.next = async () => {
      const step = await next.call(stream)
      if (step.done) logged()
      return step
    }
    stream.return = async () => {
      logged()
      return back ? back.call(stream) : { done: true, value: undefined }
    }
  }

  function open(socket: WebSocket, request: IncomingMessage) {
    const extra: Extra = {
      ...{ request, facts: options.factsOf(request), left: new AbortController(), bearerToken: null },
      close: (code, reason) => socket.close(code, reason),
    }
    let isAlive = true
    // A client that has not answered by the next ping is gone.
    const pinging = setInterval(() => {
      if (!isAlive) return socket.terminate()
      isAlive = false
      socket.ping()
    }, limits.pingEveryMs)
    socket.on('pong', () => {
      isAlive = true
    })
    // One that is too long, or no text: the library closes it by itself.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket broke'))
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) return resolve()
            if (socket.bufferedAmount > MOST_WAITING_BYTES) {
              socket.terminate()
              return resolve()
            }
            socket.send(text, (error) => (error ? reject(error) : resolve()))
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          void socket.on('message', (message) => {
            take(String(message)).catch((error: unknown) => {
              log.warn({ err: error }, 'a message could not be answered')
              socket.close(CloseCode.InternalServerError, 'Unexpected error')
            })
          }),
      },
      extra,
    )
    socket.once('close', (code, reason) => {
      clearInterval(pinging)
      extra.left.abort()
      void closed(code, String(reason))
    })
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {})
    const isHere = (request.url ?? '').split('?', 1)[0] === path
    const isFull = sockets.clients.size >= limits.perGateway
    const refusal = isHere ? (options.refusalOf(request) ?? (isFull ? refusals.tooManyAtOnce : null)) : nothingHere
    if (!refusal) return sockets.handleUpgrade(request, socket, head, (opened) => open(opened, request))
    const after = refusal.retryAfterSeconds === undefined ? '' : `Retry-After: ${refusal.retryAfterSeconds}\r\n`
    socket.end(`HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n${after}\r\n`)
  })

  return {
    async close() {
      isClosing = true
      const late = new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())
      await Promise.race([Promise.allSettled(underWay), late])
      if (sockets.clients.size === 0) return
      await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))
      for (const socket of sockets.clients) socket.close(1012, 'This server is shutting down')
      await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}

/** Its socket is closed, or it is not. */
function clientOf(left: AbortSignal): Client {
  return {
    isGone: () => left.aborted,
    onGone(listener) {
      left.addEventListener('abort', listener)
      return () => left.removeEventListener('abort', listener)
    },
  }
}

type Begun = ExecutionArgs & {
  begun: Pick<Enveloped, 'execute' | 'subscribe'> & { facts: RequestFacts; giveBack: GiveBack }
}

const nothingHere: Refusal = { status: 404, code: 'NOT_FOUND', message: 'There is nothing here.' }

/** As clients of several kinds send it. */
function tokenIn(params: Record<string, unknown> | undefined): string | undefined {
  const headers = (params?.headers ?? {}) as Record<string, unknown>
  const given = [params?.authorization, params?.Authorization, headers.authorization, headers.Authorization]
  return given.find((value) => typeof value === 'string')
}
