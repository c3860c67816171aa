/**
 * A Comm100 site on loopback. Two servers: the interface and the one that issues tokens. Strict where the vendor is:
 * tokens, the 30 days a list goes back by itself, pages of 20 and at most 50, parameters, links instead of page numbers.
 */
import { bytesOfAttachment } from '#connectors/sandbox/attachment-files.ts'
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import { openLimit } from '#connectors/sandbox/limit.ts'
import type {
  OpenSandbox,
  Sandbox,
  SandboxAnswer,
  SandboxOptions,
  SandboxRequest,
} from '#connectors/sandbox/sandbox.ts'
import { keepEventLogs } from './sandbox-events.ts'
import { ownerIn } from './sandbox-find.ts'
import { languageRoutes } from './sandbox-language.ts'
import { fileKeyOf, messageWire, noteWire, signatureOf } from './sandbox-message.ts'
import { agentWire, contactWire, departmentWire, tagWire } from './sandbox-people.ts'
import { failure, notFound, ok, type Route, type Site, SiteRefusal } from './sandbox-site.ts'
import { draftWire, ticketWire } from './sandbox-ticket.ts'
import { apiKey, openTokens, password } from './sandbox-tokens.ts'
import { takeUpload, uploadPath } from './sandbox-uploads.ts'
import { viewsOf, viewWire } from './sandbox-views.ts'
import { openTriggers } from './sandbox-webhook.ts'
import { fieldId, guid, isMessage, isNote, shouted } from './sandbox-words.ts'
import { draftWrites } from './sandbox-write-drafts.ts'
import { messageWrites } from './sandbox-write-messages.ts'
import { peopleWrites } from './sandbox-write-people.ts'
import { ticketWrites } from './sandbox-write-tickets.ts'

export const comm100Sandbox: Sandbox = {
  vendor: 'comm100',
  hosts: ['api', 'dash'],
  open(desk, options) {
    const tokens = openTokens(options)
    const limit = openLimit(options.rateLimit)
    const site: Site = { desk, origin: originOf(options, 'api'), messageOwners: new Map(), uploads: new Map() }
    const webhooks = openTriggers(desk)
    keepEventLogs(desk)
    const open: OpenSandbox = {
      webhooks,
      settings: {
        apiUrl: `${originOf(options, 'api')}/v4`,
        tokenUrl: `${originOf(options, 'dash')}/oauth/token`,
        auth: { grant: 'password', email: password.email, password: password.password, clientId: password.clientId },
        webhookSecrets: [webhooks.secret],
        // Loopback has no allowance to share, and looking up a missing number costs next to nothing.
        rateLimit: { calls: 100_000, windowMs: 1_000 },
        probesPerRound: 5_000,
        writeSettlesAfterMs: 1_000,
        timeoutMs: 5_000,
        // The one who signs in is no agent of this desk.
        ...(desk.agents[0] ? { agentId: guid('agent', desk.agents[0].id) } : {}),
        ...(desk.channels[0] ? { newTicketChannelId: shouted(guid('channel', desk.channels[0].id)) } : {}),
        channelAccountNames: Object.fromEntries(
          desk.channels.map(({ account }) => [guid('account', account.id), account.name]),
        ),
      },
      async handle(host, request) {
        if (host === 'dash') return tokens.issue(request)
        const wait = limit()
        if (wait !== null)
          return {
            ...failure(429, 'RateLimitExceeded', 'Too many requests.'),
            headers: { 'retry-after': String(wait) },
          }
        if (request.path.startsWith('/v4/fileservice/')) return fileAnswer(site, request)
        if (!tokens.isGood(request))
          return failure(401, 'Unauthorized', 'The access token is missing, wrong or expired.')
        return apiAnswer(site, request)
      },
    }
    return open
  },
}

export { apiKey, password }

const routes: Route[] = [
  { method: 'GET', path: /^ticketing\/tickets$/, answer: ticketList },
  { method: 'GET', path: /^ticketing\/tickets\/(\d+)$/, answer: (site, request, id) => oneTicket(site, request, id) },
  {
    method: 'GET',
    path: /^ticketing\/tickets\/(\d+)\/messages$/,
    answer: (site, _request, id) =>
      ofTicket(site, id, (ticket) =>
        ticket.messages.filter(isMessage).map((message) => messageWire(site.desk, ticket, message, site.origin)),
      ),
  },
  {
    method: 'GET',
    path: /^ticketing\/tickets\/(\d+)\/notes$/,
    answer: (site, _request, id) =>
      ofTicket(site, id, (ticket) => ticket.messages.filter(isNote).map((note) => noteWire(ticket, note, site.origin))),
  },
  {
    method: 'GET',
    path: /^ticketing\/tickets\/(\d+)\/draft$/,
    answer: (site, _request, id) => ofTicket(site, id, (ticket) => draftWire(ticket, site.origin)),
  },
  { method: 'POST', path: /^ticketing\/tickets:unreadCount$/, answer: unreadCount },
  {
    method: 'GET',
    path: /^ticketing\/messages\/([0-9a-f-]{36})$/i,
    answer: (site, _request, id) => oneMessage(site, 'message', id),
  },
  {
    method: 'GET',
    path: /^ticketing\/notes\/([0-9a-f-]{36})$/i,
    answer: (site, _request, id) => oneMessage(site, 'note', id),
  },
  { method: 'GET', path: /^ticketing\/tags$/, answer: ({ desk }) => ok(desk.tags.map(tagWire)) },
  {
    method: 'GET',
    path: /^ticketing\/views$/,
    answer: ({ desk }, request) =>
      ok(viewsOf(desk).map((view) => viewWire(view, request.query.get('include') === 'viewCondition'))),
  },
  {
    method: 'GET',
    path: /^ticketing\/fields$/,
    answer: ({ desk }) => ok(fieldNames(desk).map((name) => ({ id: fieldId(name), name, type: 'text' }))),
  },
  { method: 'GET', path: /^global\/agents$/, answer: ({ desk }) => ok(desk.agents.map(agentWire)) },
  { method: 'GET', path: /^global\/departments$/, answer: ({ desk }) => ok(desk.departments.map(departmentWire)) },
  { method: 'GET', path: /^(?:global|contact)\/contacts$/, answer: contactList },
  ...languageRoutes,
  ...ticketWrites,
  ...messageWrites,
  ...draftWrites,
  ...peopleWrites,
]

async function apiAnswer(site: Site, request: SandboxRequest): Promise<SandboxAnswer> {
  try {
    return await routed(site, request)
  } catch (error) {
    if (error instanceof SiteRefusal) return error.answer
    throw error
  }
}

function routed(site: Site, request: SandboxRequest): SandboxAnswer | Promise<SandboxAnswer> {
  if (request.path === uploadPath) return takeUpload(site, request)
  if (!request.path.startsWith('/v4/')) return notFound()
  const path = request.path.slice('/v4/'.length)
  for (const route of routes) {
    const match = route.path.exec(path)
    if (match && route.method === request.method) return route.answer(site, request, match[1] ?? '')
  }
  return notFound()
}

const includeWords = new Set([
  'ticketingTag',
  'ticketingEventLog',
  'ticketingDraft',
  'ticketingMessage',
  'lastMessage',
  'assignee',
  'departmentAssignee',
  'createdBy',
  'lastRepliedBy',
  'contactOrVisitor',
])
const listDays = 30

function ticketList(site: Site, request: SandboxRequest): SandboxAnswer {
  const { desk, origin } = site
  const { query } = request
  const includes = includesOf(query)
  if ('status' in includes) return includes
  const since = dateOf(query.get('time'), new Date(desk.now().getTime() - listDays * 24 * 3600 * 1000))
  const repliedSince = dateOf(query.get('lastRepliedTime'), null)
  if (since === 'bad' || repliedSince === 'bad')
    return failure(400, 'BadParameter', 'time and lastRepliedTime must be dates.')
  const tag = query.get('tagid')?.toLowerCase()
  const requester = query.get('contactOrVisitor')?.toLowerCase()
  const view = viewsOf(desk).find(({ id }) => id === query.get('viewId')?.toLowerCase())
  if (query.has('viewId') && !view) return notFound()
  const keywords = query.get('keywords')?.toLowerCase()

  const found: DeskTicket[] = []
  for (const ticket of desk.tickets.values()) {
    // Recycled and merged tickets are not listed (ASSUMED, as v2 had a list of their own for them).
    if (ticket.isRecycled || ticket.mergedIntoId !== null) continue
    if (since && ticket.updatedAt < since) continue
    if (repliedSince && (ticket.messages.at(-1)?.at ?? ticket.createdAt) < repliedSince) continue
    if (tag && !ticket.tagIds.some((id) => guid('tag', id) === tag)) continue
    if (requester && guid('contact', ticket.requesterId) !== requester) continue
    if (view && !view.fits(ticket)) continue
    if (keywords && !ticket.subject.toLowerCase().includes(keywords)) continue
    found.push(ticket)
  }
  // Newest number first.
  found.reverse()
  return pageOf(found, {
    request,
    origin,
    key: 'tickets',
    wire: (ticket) => ticketWire(desk, ticket, { includes: includes.words, origin }),
  })
}

function oneTicket({ desk, origin }: Site, { query }: SandboxRequest, id: string): SandboxAnswer {
  const includes = includesOf(query)
  if ('status' in includes) return includes
  const ticket = desk.tickets.get(Number(id))
  return ticket ? ok(ticketWire(desk, ticket, { includes: includes.words, origin })) : notFound()
}

function contactList({ desk, origin }: Site, request: SandboxRequest): SandboxAnswer {
  const value = request.query.get('contactIdentityValue')?.toLowerCase()
  const contacts = [...desk.contacts.values()].filter(
    ({ type, email, phone, identifier }) =>
      type === 'CONTACT' && (!value || [email, phone, identifier].some((own) => own?.toLowerCase() === value)),
  )
  const withIdentities = request.query.get('include') === 'contactIdentity'
  return pageOf(contacts, { request, origin, key: 'contacts', wire: (contact) => contactWire(contact, withIdentities) })
}

function ofTicket({ desk }: Site, id: string, wire: (ticket: DeskTicket) => unknown): SandboxAnswer {
  const ticket = desk.tickets.get(Number(id))
  const body = ticket ? wire(ticket) : null
  return body === null ? notFound() : ok(body)
}

function oneMessage(site: Site, kind: 'message' | 'note', id: string): SandboxAnswer {
  const { ticket, message } = ownerIn(site, kind, id)
  return ok(
    isNote(message) ? noteWire(ticket, message, site.origin) : messageWire(site.desk, ticket, message, site.origin),
  )
}

/** Signed, so no token is needed. */
function fileAnswer({ desk, uploads }: Site, { path, query }: SandboxRequest): SandboxAnswer {
  const fileKey = path.slice('/v4/fileservice/'.length)
  if (query.get('sig') !== signatureOf(fileKey)) return failure(403, 'Forbidden', 'The signature is missing or wrong.')
  const id = Number.parseInt(fileKey, 10)
  if (fileKeyOf(id) !== fileKey) return notFound()
  for (const file of uploads.values())
    if (file.id === id) return { status: 200, headers: { 'content-type': file.contentType }, body: file.bytes }
  for (const ticket of desk.tickets.values()) {
    for (const { attachments = [] } of [...ticket.messages, ...(ticket.draft ? [ticket.draft] : [])]) {
      const attachment = attachments.find((candidate) => candidate.id === id)
      if (attachment)
        return { status: 200, headers: { 'content-type': attachment.contentType }, body: bytesOfAttachment(attachment) }
    }
  }
  return notFound()
}

function unreadCount({ desk }: Site, request: SandboxRequest): SandboxAnswer {
  const unread = [...desk.tickets.values()].filter(
    (ticket) => !ticket.isReadByAgent && !ticket.isRecycled && ticket.mergedIntoId === null,
  )
  const asked: unknown = request.body.length > 0 ? JSON.parse(request.body.toString('utf8')).viewIds : []
  if (!Array.isArray(asked)) return failure(400, 'BadParameter', 'viewIds must be an array.')
  const unreadCounts = viewsOf(desk)
    .filter(({ id }) => asked.some((one) => String(one).toLowerCase() === id))
    .map((view) => {
      const own = unread.filter((ticket) => view.fits(ticket))
      const mentioned = own.filter((ticket) =>
        ticket.messages.some((message) => message.mentionedAgentIds.length > 0 && !message.isMentionRead),
      )
      return {
        viewId: view.id,
        unreadTicketIds: own.map(({ id }) => id),
        unreadCount: own.length,
        mentionedUnReadTicketIds: mentioned.map(({ id }) => id),
        mentionedUnReadCount: mentioned.length,
      }
    })
  return ok({ allCount: unread.length, unreadCounts })
}

function fieldNames(desk: Desk): string[] {
  const names = new Set<string>()
  for (const ticket of desk.tickets.values()) for (const name of Object.keys(ticket.customFields)) names.add(name)
  return [...names]
}

type PageOptions<Item> = { request: SandboxRequest; origin: string; key: string; wire: (item: Item) => unknown }

/** 20 rows unless asked otherwise, at most 50; `nextPage` is a whole address. */
function pageOf<Item>(items: Item[], { request, origin, key, wire }: PageOptions<Item>): SandboxAnswer {
  const { path, query } = request
  const index = Number(query.get('pageIndex') ?? 1)
  const size = Number(query.get('pageSize') ?? 20)
  if (!Number.isInteger(index) || index < 1) return failure(400, 'BadParameter', 'pageIndex must be 1 or more.')
  if (!Number.isInteger(size) || size < 1 || size > 50)
    return failure(400, 'BadParameter', 'pageSize must be between 1 and 50.')
  const link = (to: number) => {
    const next = new URLSearchParams(query)
    next.set('pageIndex', String(to))
    return `${origin}${path}?${next}`
  }
  const rows = items.slice((index - 1) * size, index * size)
  return ok({
    [key]: rows.map(wire),
    nextPage: index * size < items.length ? link(index + 1) : null,
    previousPage: index > 1 ? link(index - 1) : null,
    total: items.length,
  })
}

function includesOf(query: URLSearchParams): { words: ReadonlySet<string> } | SandboxAnswer {
  const words = query
    .getAll('include')
    .flatMap((value) => value.split(','))
    .filter(Boolean)
  const unknown = words.find((word) => !includeWords.has(word))
  return unknown === undefined
    ? { words: new Set(words) }
    : failure(400, 'BadParameter', `include does not allow "${unknown}".`)
}

function dateOf(value: string | null, otherwise: Date | null): Date | null | 'bad' {
  if (value === null || value === '') return otherwise
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? 'bad' : date
}

function originOf({ origins }: SandboxOptions, host: string): string {
  const origin = origins[host]
  if (!origin) throw new Error(`The Comm100 sandbox needs an origin for its host "${host}"`)
  return origin
}
