/**
 * A Chatwoot account over the desk: its Application API with its quirks. The default list shows
 * open conversations only, pages are 25 without a total of pages, a conversation holds its last message only, `after`
 * gives 100 and the plain call 20 messages, refusals are 401, absent things are left out. Source: the vendor's API
 * reference, controllers, finders and views (SEEN; wording of some errors ASSUMED).
 */
import type { Desk, DeskContact } from '#connectors/sandbox/desk.ts'
import { openLimit } from '#connectors/sandbox/limit.ts'
import type { Sandbox, SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { conversationChanges } from './sandbox-change-conversation.ts'
import { messageChanges } from './sandbox-change-message.ts'
import { contactChanges, labelChanges } from './sandbox-change-people.ts'
import { type Condition, conversationWire, labelsOf, openList, pageOf } from './sandbox-conversation.ts'
import { file } from './sandbox-file.ts'
import { refusalOf, type SandboxUser, sandboxToken, throttled, userOf } from './sandbox-gate.ts'
import { messageEvent, messageRow, visibleMessages } from './sandbox-message.ts'
import { paramsOf } from './sandbox-params.ts'
import {
  agentRow,
  contactRow,
  contactWithInboxes,
  inboxRow,
  isResolved,
  labelRow,
  type World,
} from './sandbox-people.ts'
import { notFound, ok, type Route, unprocessable } from './sandbox-route.ts'
import { openAccountWebhooks } from './sandbox-webhook.ts'

const accountId = 1

export const chatwootSandbox: Sandbox = {
  vendor: 'chatwoot',
  hosts: ['api'],
  open(desk, options) {
    const origin = options.origins.api ?? 'http://127.0.0.1'
    const world = worldOf(desk, origin)
    const routes = routesOf(world)
    const webhooks = openAccountWebhooks(world)
    const limit = openLimit(options.rateLimit)
    return {
      settings: {
        baseUrl: origin,
        accountId: String(accountId),
        apiAccessToken: sandboxToken,
        webhookSecrets: [webhooks.secret],
        // Loopback needs no patience; a limit asked for is kept to.
        rateLimit: options.rateLimit ?? { calls: 1_000_000, windowMs: 60_000 },
        // It is here, and it is quick.
        timeoutMs: 5000,
        writeSettlesAfterMs: 1000,
      },
      webhooks,
      async handle(_host, request) {
        if (request.path.startsWith('/rails/active_storage/')) return file(desk, origin, request.path)
        const waitS = limit()
        if (waitS !== null) return throttled(waitS)
        const user = userOf(desk, request)
        const refusal = refusalOf(request, { user, accountId })
        return refusal ?? webhooks.answer(request) ?? (await answer(routes, request, user as SandboxUser))
      },
    }
  },
}

async function answer(routes: Route[], request: SandboxRequest, user: SandboxUser): Promise<SandboxAnswer> {
  const { method, path, query, body } = request
  const base = `/api/v1/accounts/${accountId}`
  if (!path.startsWith(`${base}/`))
    return path === '/api/v1/profile' ? ok({ id: accountId, name: 'Sandbox', accounts: [{ id: accountId }] }) : notFound
  const below = path.slice(base.length)
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(below) : null
    if (!match) continue
    const params = await paramsOf(request)
    if (!params) return { status: 400, body: { status: 400, error: 'Bad Request' } }
    return route.answer({ query, body, params, user, id: Number(match[1]), secondId: Number(match[2]) })
  }
  return notFound
}

function routesOf(world: World): Route[] {
  const { desk } = world
  const list = openList(world)
  const contacts = openContacts(desk)
  const get = (path: RegExp, answer: Route['answer']): Route => ({ method: 'GET', path, answer })
  const ticketOf = (id: number) => desk.tickets.get(id)
  const one = <Thing>(thing: Thing | undefined, shown: (thing: Thing) => unknown) =>
    thing === undefined ? notFound : ok(shown(thing))
  const meta = (page: string | null, count: number) => ({ count, current_page: page ?? 1 })

  return [
    get(/^\/conversations$/, ({ query, user }) => {
      const { counts, rows } = list.page(query, user.id)
      return ok({ data: { meta: counts, payload: rows } })
    }),
    get(/^\/conversations\/meta$/, ({ query, user }) => ok({ meta: list.counts(query, user.id) })),
    {
      method: 'POST',
      path: /^\/conversations\/filter$/,
      answer: ({ query, body, user }) => filtered(list, body, query.get('page'), user.id),
    },
    get(/^\/conversations\/(\d+)$/, ({ id }) => one(ticketOf(id), (ticket) => conversationWire(world, ticket))),
    get(/^\/conversations\/(\d+)\/messages$/, ({ id, query }) => messages(world, id, query)),
    get(/^\/conversations\/(\d+)\/labels$/, ({ id }) =>
      one(ticketOf(id), (ticket) => ({ payload: labelsOf(desk, ticket) })),
    ),
    get(/^\/conversations\/(\d+)\/attachments$/, ({ id, query }) => attachments(world, id, query.get('page'))),
    get(/^\/contacts$/, ({ query }) => {
      const all = contacts.sorted(query.get('sort'))
      const page = query.get('page')
      return ok({
        meta: meta(page, all.length),
        payload: pageOf(all, page, 15).map((contact) => contactWithInboxes(world, contact)),
      })
    }),
    get(/^\/contacts\/search$/, ({ query }) => {
      const text = query.get('q')?.trim().toLowerCase()
      if (!text) return unprocessable('Specify search string with parameter q')
      const found = [...desk.contacts.values()].filter((contact) =>
        [contact.name, contact.email, contact.phone, contact.identifier].some((value) =>
          value?.toLowerCase().includes(text),
        ),
      )
      return ok({
        meta: { ...meta(query.get('page'), found.length), has_more: false },
        payload: pageOf(found, query.get('page'), 15).map(contactRow),
      })
    }),
    get(/^\/contacts\/(\d+)$/, ({ id }) =>
      one(desk.contacts.get(id), (contact) => ({ payload: contactWithInboxes(world, contact) })),
    ),
    get(/^\/contacts\/(\d+)\/conversations$/, ({ id }) =>
      one(desk.contacts.get(id), () => ({
        payload: [...desk.tickets.values()]
          .filter(({ requesterId }) => requesterId === id)
          .slice(-20)
          .map((ticket) => conversationWire(world, ticket)),
      })),
    ),
    get(/^\/agents$/, () => ok(desk.agents.map((agent) => agentRow(world, agent)))),
    get(/^\/inboxes$/, () => ok({ payload: desk.channels.map(inboxRow) })),
    get(/^\/inboxes\/(\d+)$/, ({ id }) =>
      one(
        desk.channels.find((channel) => channel.id === id),
        inboxRow,
      ),
    ),
    get(/^\/teams$/, () => ok(desk.departments.map(teamRow))),
    get(/^\/teams\/(\d+)$/, ({ id }) =>
      one(
        desk.departments.find((team) => team.id === id),
        teamRow,
      ),
    ),
    get(/^\/teams\/(\d+)\/team_members$/, ({ id }) =>
      ok(desk.agents.filter(({ departmentId }) => departmentId === id).map((agent) => agentRow(world, agent))),
    ),
    get(/^\/labels$/, () =>
      ok({
        payload: desk.tags.map(labelRow),
      }),
    ),
    get(/^\/custom_filters$/, ({ query }) =>
      ok((query.get('filter_type') ?? 'conversation') === 'conversation' ? [openFilter] : []),
    ),
    ...conversationChanges(world, list.forget),
    ...messageChanges(world, list.forget),
    ...contactChanges(world, contacts.forget),
    ...labelChanges(world),
  ]
}

const teamRow = ({ id, name }: { id: number; name: string }) => ({
  id,
  name,
  description: null,
  allow_auto_assign: true,
  account_id: accountId,
  is_member: false,
})
const openFilter = {
  id: 1,
  name: 'Urgent and open',
  filter_type: 'conversation',
  query: {
    payload: [
      { attribute_key: 'status', filter_operator: 'equal_to', values: ['open'], query_operator: 'and' },
      { attribute_key: 'priority', filter_operator: 'equal_to', values: ['urgent'], query_operator: null },
    ],
  },
  created_at: '2026-01-05T08:00:00.000Z',
  updated_at: '2026-01-05T08:00:00.000Z',
}

/**
 * `after` exclusive and up to 100; with `before` inclusive and up to 1,000; else the 20 newest. Always ascending
 * (SEEN).
 */
function messages(world: World, ticketId: number, query: URLSearchParams): SandboxAnswer {
  const ticket = world.desk.tickets.get(ticketId)
  if (!ticket) return notFound
  const isPublic = query.get('filter_internal_messages') !== null
  const all = visibleMessages(ticket)
  const shown = isPublic ? all.filter(({ type, isSystemLine }) => type !== 'NOTE_PRIVATE' && !isSystemLine) : all
  const numberOf = (name: string) => (query.get(name) ? Number.parseInt(query.get(name) as string, 10) || 0 : null)
  const [after, before] = [numberOf('after'), numberOf('before')]
  const chosen =
    after !== null && before !== null
      ? shown.filter(({ id }) => id >= after && id < before).slice(0, 1000)
      : before !== null
        ? shown.filter(({ id }) => id < before).slice(-20)
        : after !== null
          ? shown.filter(({ id }) => id > after).slice(0, 100)
          : shown.slice(-20)
  const wire = conversationWire(world, ticket)
  const { sender: contact, assignee } = wire.meta as Record<string, unknown>
  return ok({
    meta: {
      labels: wire.labels,
      additional_attributes: wire.additional_attributes,
      contact: { payload: contact },
      ...(assignee ? { assignee } : {}),
      // ISO text here, seconds in the conversation (SEEN).
      agent_last_seen_at: isoOf(wire.agent_last_seen_at),
      assignee_last_seen_at: isoOf(wire.assignee_last_seen_at),
    },
    payload: chosen.map((message) => messageRow(world, ticket, message)),
  })
}

function isoOf(value: unknown): string | null {
  return typeof value === 'number' && value > 0 ? new Date(value * 1000).toISOString() : null
}

function attachments(world: World, ticketId: number, page: string | null): SandboxAnswer {
  const ticket = world.desk.tickets.get(ticketId)
  if (!ticket) return notFound
  const files = visibleMessages(ticket).flatMap(
    (message) => (messageEvent(world, ticket, message).attachments as unknown[] | undefined) ?? [],
  )
  return ok({ meta: { total_count: files.length }, payload: pageOf(files, page, 100) })
}

function filtered(
  list: ReturnType<typeof openList>,
  body: Buffer,
  page: string | null,
  me: number | null,
): SandboxAnswer {
  try {
    const { payload } = JSON.parse(body.toString()) as { payload?: Condition[] }
    const { counts, rows } = list.filter(payload ?? [], page, me)
    // Unlike the list, without `data` around it (ASSUMED).
    return ok({ meta: counts, payload: rows })
  } catch (error) {
    return unprocessable(error instanceof Error ? error.message : 'Invalid filter')
  }
}

function openContacts(desk: Desk) {
  let size = -1
  let byCreation: DeskContact[] = []
  return {
    /** After a change: an exchange of one for another leaves the number as it was. */
    forget() {
      size = -1
    },
    sorted(sort: string | null): DeskContact[] {
      if (size !== desk.contacts.size) {
        size = desk.contacts.size
        byCreation = [...desk.contacts.values()]
          .filter(isResolved)
          .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.id - b.id)
      }
      if (sort === 'name') return byCreation.toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? ''))
      return sort === '-created_at' ? byCreation.toReversed() : byCreation
    },
  }
}

/** Agents and channels are few; still they are looked up by id, once per row. */
function worldOf(desk: Desk, origin: string): World {
  const index = <Thing extends { id: number }>(things: Thing[]) => {
    let known = new Map<number, Thing>()
    return (id: number | null) => {
      if (known.size !== things.length) known = new Map(things.map((thing) => [thing.id, thing]))
      return id === null ? undefined : known.get(id)
    }
  }
  const channelById = index(desk.channels)
  return {
    desk,
    accountId,
    origin,
    additional: new Map(),
    channelOf: (ticket) => channelById(ticket.channelId),
    agentOf: index(desk.agents),
    botOf: index(desk.bots),
  }
}
