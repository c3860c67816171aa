/**
 * A OneBox of our own. Paths, parameters, envelopes and errors follow the vendor's API reference; ASSUMED are the
 * contact list, files, the answers to wrong parameters, at most 100 rows a page, and what an invalid token is told.
 * Tickets cannot be changed, since the reference shows no call that does.
 *
 * Beside the vendor's paths: `POST /sandbox/quota {"isUsedUp": true | false}` closes and opens the quota window.
 */
import { bytesOfAttachment } from '#connectors/sandbox/attachment-files.ts'
import { deleteTicket } from '#connectors/sandbox/changes.ts'
import type { Desk, DeskChannel, DeskTicket } from '#connectors/sandbox/desk.ts'
import { openLimit } from '#connectors/sandbox/limit.ts'
import type {
  OpenSandbox,
  Sandbox,
  SandboxAnswer,
  SandboxOptions,
  SandboxRequest,
} from '#connectors/sandbox/sandbox.ts'
import { openMessageIndex } from './sandbox-index.ts'
import { openGate } from './sandbox-login.ts'
import { type ShownIn, shownIn, singleMessage, threadMessage } from './sandbox-messages.ts'
import { connectionRow, contactRow } from './sandbox-people.ts'
import { ticketObject, ticketRow } from './sandbox-tickets.ts'
import { clock, deliveryStatusMap } from './sandbox-words.ts'
import { createContact, createMessage, createTicket, WrongOrder } from './sandbox-writing.ts'

export const oneboxSandbox: Sandbox = { vendor: 'onebox', hosts: ['api'], open }

const account = { email: 'desk@onebox.example', password: 'sandbox-login-password', siteId: '188', userId: '55' }
const { siteId } = account
const quotaWords = 'time limit reached please try again tomorrow at 18:00 - 06:00'
const mostRows = 100

function open(desk: Desk, { origins, rateLimit, tokenLifeMs }: SandboxOptions): OpenSandbox {
  const origin = origins.api as string
  const gate = openGate({ issuer: new URL(origin).hostname, userId: account.userId, siteId, lifeMs: tokenLifeMs })
  const index = openMessageIndex(desk)
  let isUsedUp = false
  const limit = openLimit(rateLimit)

  function handle(_host: string, request: SandboxRequest): SandboxAnswer | Promise<SandboxAnswer> {
    const name = `${request.method} ${request.path}`
    if (name === 'POST /sandbox/quota') {
      isUsedUp = Boolean(fieldsOf(request).isUsedUp)
      return { status: 200, body: { isUsedUp } }
    }
    if (request.method === 'GET' && request.path.startsWith('/files/')) return file(request.path)
    if (name === 'POST /api/authenticate') return login(request)
    const refusal = refused(request)
    if (refusal) return refusal
    const carryOut = writing[name]
    return carryOut ? written(request, carryOut) : answered(request)
  }

  const writing: Record<string, (request: SandboxRequest) => Promise<object> | object> = {
    'POST /api/ticket/create': async (request) => {
      const { id } = await createTicket(desk, request)
      return { response_code: '200', response_status: 'Success', ticketId: String(id) }
    },
    'POST /api/message': (request) => {
      createMessage(desk, index, request)
      return anotherMessage()
    },
    'POST /api/contactrz': (request) => contactRow(createContact(desk, request)),
  }

  async function written(request: SandboxRequest, carryOut: (typeof writing)[string]): Promise<SandboxAnswer> {
    try {
      return json(await carryOut(request))
    } catch (error) {
      if (!(error instanceof WrongOrder)) throw error
      return json(failure(400, error.message, null), 400)
    }
  }

  /** The list that a sent message is answered with: of one row where two are counted, and that is another (SEEN). */
  function anotherMessage(): object {
    const [ticket] = desk.tickets.values()
    const shown = ticket && shownIn(ticket)[0]
    const rows = ticket && shown ? [messageOf({ ticket, shown })] : []
    return { limit: '1', offset: 0, count: 2, total: rows.length + 706, data: rows }
  }

  function login(request: SandboxRequest): SandboxAnswer {
    const { email, password, siteId: site } = fieldsOf(request)
    const isRight = email === account.email && password === account.password && String(site) === siteId
    if (isRight) return json({ response_code: '200', response_status: 'Success', token: gate.issue() })
    return json(failure('401', `you are not authorized to log into this site ${site ?? ''}`, ''), 401)
  }

  function refused({ headers }: SandboxRequest): SandboxAnswer | null {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    const verdict = token ? gate.judge(token) : 'invalid'
    if (verdict === 'expired') return json(failure(401, 'Expired token', null), 401)
    if (verdict === 'invalid') return json(failure(401, 'Invalid token', null), 401)
    if (isUsedUp || limit() !== null) return json(failure(401, quotaWords, ''), 401)
    return null
  }

  function answered({ method, path, query }: SandboxRequest): SandboxAnswer {
    const [, family, id] =
      /^\/api\/(ticketrz|ticket\/conversations|message|connection|contactrz)(?:\/([^/]+))?$/.exec(path) ?? []
    const number = /^\d{1,15}$/.test(id ?? '') ? Number(id) : -1
    const ticket = desk.tickets.get(number)
    if (method === 'DELETE' && family === 'ticketrz') return found(ticket, remove)
    if (method !== 'GET') return missing('page')
    switch (family) {
      case 'ticketrz':
        return id ? found(ticket, ticketOf) : findTickets(query)
      case 'ticket/conversations':
        return found(ticket, thread)
      case 'message':
        return id ? found(index.find(id), messageOf) : findMessages(query)
      case 'connection':
        return id
          ? found(
              desk.channels.find(({ account }) => account.id === number),
              connectionOf,
            )
          : findConnections(query)
      case 'contactrz':
        return id ? found(desk.contacts.get(number), contactRow) : findContacts(query)
      default:
        return missing('page')
    }
  }

  const ticketOf = (ticket: DeskTicket) => ticketObject(desk, ticket, siteId)
  const connectionOf = (channel: DeskChannel) => connectionRow(channel, siteId)
  const messageOf = ({ ticket, shown }: ShownIn) => singleMessage(desk, ticket, shown, { siteId, origin })

  function remove(ticket: DeskTicket): object {
    deleteTicket(desk, ticket.id)
    return {}
  }

  /** The last entries of every third ticket stand in groups of their own, as in the sample of the reference. */
  function thread(ticket: DeskTicket) {
    const rows: object[] = shownIn(ticket).map((shown) => threadMessage(desk, ticket, shown, siteId))
    const envelope = { type: 'message', ticketId: String(ticket.id) }
    if (ticket.id % 3 === 0 && rows.length > 1)
      rows.push({ ...envelope, data: rows.splice(Math.ceil(rows.length / 2)) })
    if (ticket.id % 9 === 0 && rows.length > 2) rows.push({ ...envelope, data: rows.splice(1) })
    return { response_code: '200', response_status: 'Success', ...envelope, data: rows }
  }

  function findTickets(query: URLSearchParams): SandboxAnswer {
    const since = Number(query.get('sinceId') ?? 0)
    const all = [...desk.tickets.values()].filter((ticket) => ticket.id > since)
    return list(query, all, (ticket) => ticketRow(desk, ticket))
  }

  function findMessages(query: URLSearchParams): SandboxAnswer {
    const all: ShownIn[] = []
    const sinceId = Number(query.get('sinceId') ?? 0)
    const [since, lastUpdate] = [query.get('since'), query.get('lastUpdate')]
    for (const given of [since, lastUpdate])
      if (given !== null && !/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(given)) return wrong(`date ${given}`)
    for (const ticket of desk.tickets.values()) {
      // Every change of a message raises its ticket's time too.
      if (lastUpdate !== null && (clock(ticket.updatedAt) as string) < lastUpdate) continue
      for (const shown of shownIn(ticket)) {
        const { message } = shown
        const isIn =
          message.id > sinceId &&
          (clock(message.at) as string) >= (since ?? '') &&
          (clock(message.updatedAt) as string) >= (lastUpdate ?? '')
        if (isIn) all.push({ ticket, shown })
      }
    }
    all.sort((one, other) => one.shown.message.id - other.shown.message.id)
    return list(query, all, messageOf)
  }

  function findConnections(query: URLSearchParams): SandboxAnswer {
    const since = Number(query.get('sinceId') ?? 0)
    const all = desk.channels
      .filter((channel) => channel.account.id > since)
      .sort((one, other) => one.account.id - other.account.id)
    return list(query, all, connectionOf)
  }

  function findContacts(query: URLSearchParams): SandboxAnswer {
    const since = Number(query.get('sinceId') ?? 0)
    return list(
      query,
      [...desk.contacts.values()].filter(({ id }) => id > since).sort((one, other) => one.id - other.id),
      contactRow,
    )
  }

  function file(path: string): SandboxAnswer {
    const attachment = index.attachment(Number(path.split('/')[2]))
    return attachment
      ? { status: 200, headers: { 'content-type': attachment.contentType }, body: bytesOfAttachment(attachment) }
      : missing('file')
  }

  const generous = { calls: 5_000, windowMs: 1_000 }
  const { email, password } = account
  const waits = { writeSettlesAfterMs: 1000, timeoutMs: 5000, rateLimit: generous }
  return { settings: { baseUrl: origin, email, password, siteId, deliveryStatusMap, ...waits }, handle }
}

/** `limit` comes back as text, and one row more than asked for is sent (both SEEN). */
function list<Item>(query: URLSearchParams, all: Item[], row: (item: Item) => object): SandboxAnswer {
  for (const name of ['sinceId', 'limit', 'offset', 'paging']) {
    const value = query.get(name)
    if (value !== null && value !== '' && !/^\d+$/.test(value)) return wrong(`${name} ${value}`)
  }
  const limit = query.get('limit') || '20'
  const offset = Number(query.get('offset') ?? 0)
  const rows = all.slice(offset, offset + Math.min(Number(limit) + 1, mostRows)).map(row)
  return json({ limit, offset, count: rows.length, total: all.length, data: rows })
}

function found<Item>(item: Item | undefined, answer: (item: Item) => object): SandboxAnswer {
  return item === undefined ? missing('record') : json(answer(item))
}

function missing(what: string): SandboxAnswer {
  return json(failure(404, `${what} not found`, null), 404)
}

function wrong(what: string): SandboxAnswer {
  return json(failure(400, `wrong ${what}`, null), 400)
}

/** `errorCode` is a number here and text there; so is nothing null here and empty there (SEEN). */
function failure(errorCode: number | string, userMessage: string, nothing: null | '') {
  return {
    _meta: { status: 'ERROR', count: 1 },
    records: {
      errorCode,
      userMessage,
      devMessage: nothing,
      more: nothing === '' && errorCode === '401' ? '' : null,
      applicationCode: nothing,
    },
  }
}

/** Slashes are escaped, as PHP does. */
function json(body: object, status = 200): SandboxAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body).replaceAll('/', '\\/') }
}

function fieldsOf({ headers, body }: SandboxRequest): Record<string, unknown> {
  const text = body.toString('utf8')
  if (headers['content-type']?.includes('form')) return Object.fromEntries(new URLSearchParams(text))
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
