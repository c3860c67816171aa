/**
 * Calls to OneBox. One function per endpoint; answers are unwrapped, not yet understood.
 * Source of paths and parameters: the vendor's API reference (SEEN), except contacts (ASSUMED, see `contactsPath`).
 */
import type { Host, Json, JsonObject } from '#connectors/contract.ts'
import { openFile } from '#connectors/download.ts'
import { budgetFor, type HttpAnswer, type HttpCall, openHttp, parseJson, retryAfterMsOf } from '#connectors/http.ts'
import { idOf, intOf, objectOf, textOf } from '#connectors/reading.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { ExpiredTokenError, failureIn, isOfOrder } from './failures.ts'
import type { Settings } from './settings.ts'
import { keepToken } from './token.ts'
import type { Connection, Contact, Message, Ticket } from './types.ts'

/** A page of a find list; `total` null when the vendor does not say. */
export type Found = { rows: Json[]; total: number | null }
export type FindParameters = { sinceId?: string; lastUpdate?: string; limit: number; offset: number }
export type Client = ReturnType<typeof openClient>

export function openClient(settings: Settings, { log, now }: Host) {
  const { baseUrl, timeoutMs, quotaZone, contactsPath } = settings
  const bodies = new WeakMap<HttpAnswer, Json>()
  const sentWith = new WeakMap<HttpCall, string>()
  const budget = budgetFor(`onebox ${new URL(baseUrl).host} ${settings.siteId}`, settings.rateLimit)
  const common = { baseUrl, log, timeoutMs, budget, explain }

  const gate = openHttp({ ...common, retries: 1 })
  const tokens = keepToken({ login, now })
  const http = openHttp({
    ...common,
    async authorize(call) {
      const token = await tokens.current()
      sentWith.set(call, token)
      return { authorization: `Bearer ${token}` }
    },
  })

  // Reads the body here, so that one that is no JSON is asked for again. Its text stays out of the message, since it
  // may hold secrets.
  function explain(answer: HttpAnswer) {
    const { status, text, headers } = answer
    try {
      const body = text === '' ? null : parseJson(text)
      bodies.set(answer, body)
      return failureIn(body, { httpStatus: status, retryAfterMs: retryAfterMsOf(headers), now: now(), quotaZone })
    } catch (cause) {
      if (status >= 300) return null
      return new TryAgainError(`OneBox answered ${status} with ${text.length} characters that are no JSON`, {
        httpStatus: status,
        cause,
      })
    }
  }

  async function login(): Promise<string> {
    const { email, password, siteId } = settings
    const body =
      settings.loginBody === 'json' ? { email, password, siteId } : new URLSearchParams({ email, password, siteId })
    const answer = await gate.send({ method: 'POST', path: 'api/authenticate', body, isRead: true })
    const token = textOf(objectOf(bodies.get(answer) ?? null)?.token)
    if (!token)
      throw new FixCredentialsError('OneBox answered the login without a token', { httpStatus: answer.status })
    return token
  }

  /** A token that is over is a refusal at the door: nothing was done, so changes are repeated too. */
  async function send(call: HttpCall): Promise<Json> {
    const answer = await http.send(call).catch((error: unknown) => {
      if (!(error instanceof ExpiredTokenError)) throw error
      tokens.drop(sentWith.get(call))
      return http.send({ ...call })
    })
    return bodies.get(answer) ?? null
  }

  const get = (path: string) => send({ method: 'GET', path, isRead: true })
  const change = (method: HttpCall['method'], path: string, body?: HttpCall['body']) =>
    send({ method, path, isRead: false, ...(body === undefined ? {} : { body }) }).catch((error: unknown) => {
      throw isOfOrder(error) ? new RefusedError(error.message, { ...error.provider, cause: error }) : error
    })

  /** `{limit, offset, count, total, data}`; PHP may write a list with gaps as an object. */
  async function find(path: string, parameters: FindParameters): Promise<Found> {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(parameters)) query.set(name, String(value))
    const answer = await get(`${path}?${query}`)
    // An answer without data is no empty list: taken for one it would end a round too early.
    const data = Array.isArray(answer) ? answer : objectOf(answer)?.data
    const rows = data === undefined ? null : rowsIn(data)
    if (!rows) throw new RefusedError(`GET ${path}: expected a list in data, got ${typeName(data ?? answer)}`)
    return { rows, total: intOf(objectOf(answer)?.total) }
  }

  /** A bare object; one without an id means that there is no such thing. */
  async function single(path: string): Promise<JsonObject> {
    const answer = await get(path)
    const object = objectOf(answer)
    if (answer && !object) throw new RefusedError(`GET ${path}: expected an object, got ${typeName(answer)}`)
    if (idOf(object?.Id) === null) throw new GoneError(`GET ${path}: the answer has no Id`)
    return object as JsonObject
  }

  return {
    findTickets: (parameters: FindParameters) => find('api/ticketrz', parameters),
    ticket: (id: string): Promise<Ticket> => single(`api/ticketrz/${encodeURIComponent(id)}`),
    /** The thread as it came: `{response_code, type, ticketId, data: [message | {type, ticketId, data}]}`. */
    thread: (ticketId: string) => get(`api/ticket/conversations/${encodeURIComponent(ticketId)}`),
    findMessages: (parameters: FindParameters) => find('api/message', parameters),
    message: (id: string): Promise<Message> => single(`api/message/${encodeURIComponent(id)}`),
    findConnections: (parameters: FindParameters) => find('api/connection', parameters),
    findContacts: (parameters: FindParameters) =>
      contactsPath ? find(contactsPath, parameters) : Promise.resolve(nothing),
    contact: (id: string): Promise<Contact> =>
      contactsPath
        ? single(`${contactsPath}/${encodeURIComponent(id)}`)
        : Promise.reject(new GoneError('contacts are switched off')),

    /** Answers with the ticket's id only: `{response_code, response_status, ticketId}`. */
    createTicket: (ticket: JsonObject | FormData) => change('POST', 'api/ticket/create', ticket),
    deleteTicket: (id: string) => change('DELETE', `api/ticketrz/${encodeURIComponent(id)}`),
    /** Answers with a find list of other messages (SEEN), from which nothing can be learned. */
    async sendMessage(message: JsonObject): Promise<void> {
      const answer = objectOf(await change('POST', 'api/message', message))
      if (answer?.data === undefined) throw new TryAgainError('OneBox answered a message without a list in data')
    },
    createContact: (contact: JsonObject) => change('POST', 'api/contactrz', contact),
    /** With its live password and token in clear: never kept, never logged. */
    connection: (id: string): Promise<Connection> => single(`api/connection/${encodeURIComponent(id)}`),

    /** A file by its address; only the vendor's own host is asked. */
    download: (address: string) =>
      openFile(URL.parse(address, baseUrl), {
        reachOf: ({ origin }) => (origin === new URL(baseUrl).origin ? 'configured' : null),
        headersFor: async () => ({ authorization: `Bearer ${await tokens.current()}` }),
        timeoutMs,
        budget,
      }),
  }
}

const nothing: Found = { rows: [], total: 0 }

export function rowsIn(data: Json): Json[] | null {
  if (data === null) return []
  if (Array.isArray(data)) return data
  const values = typeof data === 'object' ? Object.values(data) : null
  return values?.every((value) => typeof value === 'object' && value !== null) ? values : null
}

function typeName(value: Json): string {
  return value === null ? 'nothing' : Array.isArray(value) ? 'a list' : typeof value
}
