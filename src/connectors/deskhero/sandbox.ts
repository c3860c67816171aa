/**
 * A help desk that speaks DeskHero. Documented are the routes, the filter, the objects and the statuses 200, 400 and 403
 * (SEEN); the host, the token, the wrappers' inside and the limits are ASSUMED. Written from the vendor's pages.
 */
import { createHmac } from 'node:crypto'
import { bytesOfAttachment } from '#connectors/sandbox/attachment-files.ts'
import type { Desk, DeskAttachment, DeskTicket } from '#connectors/sandbox/desk.ts'
import { openLimit } from '#connectors/sandbox/limit.ts'
import type { Sandbox, SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { ok, problem, type Route } from './sandbox-answers.ts'
import { listOfSystem, openWire, priorities, statuses, tenantId, typesOf } from './sandbox-wire.ts'
import { writingRoutes } from './sandbox-writing.ts'

const tenant = 'sandbox'
const token = 'deskhero-sandbox-token'
/** Of a user whose groups have READ only (group_permission: SEEN). */
const readerToken = 'deskhero-sandbox-reader-token'
const mostTake = 100

export const deskheroSandbox: Sandbox = {
  vendor: 'deskhero',
  hosts: ['api'],
  open(desk, options) {
    const baseUrl = options.origins.api as string
    const answer = routes(desk, baseUrl)
    const limit = openLimit(options.rateLimit)
    return {
      settings: {
        baseUrl,
        tenant,
        token,
        rateLimit: { calls: 1000, windowMs: 1000 },
        writeSettlesAfterMs: 1000,
        timeoutMs: 5000,
      },
      handle: (_host, request) => {
        const isFile = request.path.startsWith('/files/')
        const isReader = request.headers.authorization === `Bearer ${readerToken}`
        const isKnown = isFile || isReader || request.headers.authorization === `Bearer ${token}`
        // No limit is documented: a 429 with `Retry-After` is the usual answer.
        const waitS = limit()
        if (waitS !== null) return problem(429, 'Too Many Requests', null, undefined, { 'retry-after': String(waitS) })
        if (!isKnown) return problem(403, 'Forbidden', 'The token is missing or not valid.')
        if (isReader && request.method !== 'GET')
          return problem(403, 'Forbidden', 'Your groups have the permission READ, this needs EDIT.')
        return answer(request)
      },
    }
  },
}

function routes(desk: Desk, origin: string): (request: SandboxRequest) => SandboxAnswer | Promise<SandboxAnswer> {
  const signatureOf = (path: string) => createHmac('sha256', token).update(path).digest('hex').slice(0, 32)
  const fileUrl = (attachment: DeskAttachment, ticketId: number) => {
    const path = `/files/${ticketId}/${attachment.id}`
    return `${origin}${path}?sig=${signatureOf(path)}&expires=4102444800`
  }
  const wire = openWire(desk, fileUrl)
  const lists = systemLists(desk, wire.tag)

  const known: Route[] = [
    {
      method: 'GET',
      path: /^\/tickets$/,
      answer: (_, { query }) => getMany(query, sortedTickets(desk, query), wire.ticket),
    },
    {
      method: 'GET',
      path: /^\/tickets\/([^/]+)$/,
      answer: ([, id = '']) => {
        if (!/^\d{1,10}$/.test(id))
          return problem(400, 'One or more validation errors occurred.', null, {
            id: [`The value '${id}' is not valid.`],
          })
        const ticket = desk.tickets.get(Number(id))
        return ticket ? ok({ data: wire.complete(ticket) }) : problem(400, 'Bad Request', `Ticket ${id} was not found.`)
      },
    },
    {
      method: 'GET',
      path: /^\/users$/,
      answer: (_, { query }) =>
        getMany(
          query,
          [...desk.agents, ...desk.bots].sort((a, b) => a.id - b.id),
          wire.user,
        ),
    },
    // Documented as a list of DTO_list: odd, but so it is.
    {
      method: 'GET',
      path: /^\/tenants\/get_current$/,
      answer: () => ok({ items: [listOfSystem(tenantId, 0, tenant, 'Sandbox', 0)], total_count: 1 }),
    },
    {
      method: 'GET',
      path: /^\/lists\/key\/([^/]+)$/,
      answer: ([, key]) => {
        const list = lists.find(({ uniqueKey }) => uniqueKey === key)
        return list
          ? ok(listOfSystem(list.id, list.type, list.uniqueKey, list.name, list.entries().length))
          : problem(400, 'Bad Request', `List ${key} was not found.`)
      },
    },
    {
      method: 'GET',
      path: /^\/list_entries\/(\d+)\/grouped$/,
      answer: ([, id]) => {
        const entries = lists.find((list) => String(list.id) === id)?.entries()
        return entries
          ? ok({ items: entries, total_count: entries.length })
          : problem(400, 'Bad Request', `List ${id} was not found.`)
      },
    },
    ...writingRoutes(desk, wire),
  ]

  return (request) => {
    const file = /^\/files\/(\d+)\/(\d+)$/.exec(request.path)
    if (file) {
      const isSigned = request.query.get('sig') === signatureOf(request.path)
      return isSigned
        ? fileAnswer(desk.tickets.get(Number(file[1])), Number(file[2]))
        : problem(403, 'Forbidden', 'The address has expired.')
    }
    const [, named, version, rest = ''] = /^\/api\/([^/]{2,})\/v([^/]+)(\/.*)$/.exec(request.path) ?? []
    if (named === undefined) return { status: 404 }
    if (named !== tenant) return problem(403, 'Forbidden', `You are no member of ${named}.`)
    if (version !== '1')
      return problem(400, 'Unsupported API version', `The HTTP resource does not support the API version '${version}'.`)
    for (const route of known) {
      const match = route.method === request.method ? route.path.exec(rest) : null
      if (match) return route.answer(match, request)
    }
    return { status: 404 }
  }
}

type SystemList = { id: number; type: number; uniqueKey: string; name: string; entries(): unknown[] }

function systemLists(desk: Desk, tagOf: (tag: Desk['tags'][number]) => unknown): SystemList[] {
  return [
    { id: 901, type: 2, uniqueKey: 'sys_tags', name: 'Tags', entries: () => desk.tags.map(tagOf) },
    { id: 902, type: 3, uniqueKey: 'sys_ticket_statuses', name: 'Statuses', entries: () => Object.values(statuses) },
    {
      id: 903,
      type: 4,
      uniqueKey: 'sys_ticket_priorities',
      name: 'Priorities',
      entries: () => Object.values(priorities),
    },
    { id: 904, type: 5, uniqueKey: 'sys_ticket_types', name: 'Types', entries: () => typesOf(desk) },
  ]
}

const sortKeys: Record<string, (ticket: DeskTicket) => number> = {
  id: ({ id }) => id,
  created: ({ createdAt }) => createdAt.getTime(),
  last_updated: ({ updatedAt }) => updatedAt.getTime(),
}

/** Found by `search` in the subject, sorted by one key and then by id. */
function sortedTickets(desk: Desk, query: URLSearchParams): DeskTicket[] {
  const keyOf = sortKeys[query.get('sort_by_key') ?? 'id'] ?? (sortKeys.id as (ticket: DeskTicket) => number)
  const sign = isDescending(query) ? -1 : 1
  const words = query.get('search')?.toLowerCase()
  const all = [...desk.tickets.values()]
  const found = words ? all.filter(({ subject }) => subject.toLowerCase().includes(words)) : all
  return found.sort((one, other) => sign * (keyOf(one) - keyOf(other) || one.id - other.id))
}

function isDescending(query: URLSearchParams): boolean {
  return ['1', 'DESC'].includes(query.get('sort_order') ?? '')
}

/** `DTO_standard_filter`. Never more than 100 rows, without a word; operators of `filters` are not documented. */
function getMany<Item>(query: URLSearchParams, items: Item[], show: (item: Item) => unknown): SandboxAnswer {
  const errors: Record<string, string[]> = {}
  const number = (key: string, fallback: number) => {
    const text = query.get(key) ?? String(fallback)
    if (!/^\d{1,9}$/.test(text) || Number(text) < 1) errors[key] = [`The value '${text}' is not valid for ${key}.`]
    return Number(text)
  }
  const page = number('page', 1)
  const take = Math.min(number('take', 25), mostTake)
  const sortKey = query.get('sort_by_key')
  if (sortKey !== null && !Object.hasOwn(sortKeys, sortKey))
    errors.sort_by_key = [`The field '${sortKey}' cannot be sorted by.`]
  if (!['0', '1', 'ASC', 'DESC'].includes(query.get('sort_order') ?? '0'))
    errors.sort_order = [`The value '${query.get('sort_order')}' is not valid for sort_order.`]
  for (const key of ['include_imported', 'include_aggregations']) {
    if (!['true', 'false', null].includes(query.get(key)))
      errors[key] = [`The value '${query.get(key)}' is not valid for ${key}.`]
  }
  for (const filter of query.getAll('filters')) errors.filters = [`The filter '${filter}' has an unknown operator.`]
  if (Object.keys(errors).length > 0) return problem(400, 'One or more validation errors occurred.', null, errors)
  return ok({ items: items.slice((page - 1) * take, page * take).map(show), total_count: items.length })
}

function fileAnswer(ticket: DeskTicket | undefined, id: number): SandboxAnswer {
  const attachment = ticket?.messages.flatMap((message) => message.attachments).find((file) => file.id === id)
  if (!attachment || (attachment.status !== 'OK' && attachment.status !== 'WARNING'))
    return problem(400, 'Bad Request', `File ${id} was not found.`)
  return { status: 200, headers: { 'content-type': attachment.contentType }, body: bytesOfAttachment(attachment) }
}
