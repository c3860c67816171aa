/**
 * Chatwoot's Application API, one function per endpoint. Source: the vendor's API reference, controllers and views
 * (SEEN, except where a line says otherwise).
 */
import { z } from 'zod'
import type { Host, Json, JsonObject } from '#connectors/contract.ts'
import { budgetFor, type HttpAnswer, openHttp } from '#connectors/http.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import { secretSetting } from '#connectors/secret-settings.ts'
import { commonSettings, rateLimitSetting, urlSetting } from '#connectors/settings.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError, type VendorError } from '#errors.ts'
import { writesOf } from './client-writes.ts'
import { cleaned } from './raw.ts'

export const settingsShape = z.object({
  ...commonSettings,
  baseUrl: urlSetting('Where the server is, e.g. `https://app.chatwoot.com`.'),
  accountId: z.coerce
    .string()
    .regex(/^\d+$/)
    .describe("The account's number, as in the address of its pages: `/app/accounts/1`."),
  apiAccessToken: secretSetting(
    'Access token of an administrator (Profile Settings): others see only their own inboxes, bots next to nothing.',
  ),
  headerName: z
    .string()
    .regex(/^[A-Za-z_-]+$/)
    .default('api_access_token')
    .describe(
      'Header that carries the token. Use `Api-Access-Token` when a proxy (nginx does) drops names with underscores.',
    ),
  rateLimit: rateLimitSetting(
    { calls: 3000, windowMs: 60_000 },
    'shared by everybody who calls this server from our address',
  ),
  overlapSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(120)
    .describe('How far each incremental round reaches back before the last one, in seconds.'),
  wholeThreadPages: z
    .int()
    .min(1)
    .default(10)
    .describe(
      'A changed conversation up to this many pages of 100 messages is read whole, of a longer one the newest part.',
    ),
  referenceEverySeconds: z
    .int()
    .min(0)
    .default(900)
    .describe('How often incremental rounds read inboxes, agents, teams, labels and saved filters again, in seconds.'),
  webhookSecrets: z
    .array(secretSetting('A secret.').min(16))
    .default([])
    .describe(
      'Secrets of the webhooks that call us: the one the server shows for the webhook, or for servers that do not sign the last part of its address. Several while one replaces another; none: webhooks are off.',
    ),
  fileHosts: z
    .array(z.string())
    .default([])
    .describe(
      'Further hosts (`host` or `host:port`) of files, e.g. the bucket the server redirects to. No token goes there.',
    ),
  newTicketInboxId: z.coerce
    .string()
    .regex(/^\d+$/)
    .optional()
    .describe(
      'Number of the inbox for new tickets that name none; left out: the first e-mail inbox for who has an address, else the first API inbox.',
    ),
})
export type Settings = z.infer<typeof settingsShape>

/** A page of conversations. `allCount` null: the server does not say. */
export type ConversationPage = { rows: Json[]; allCount: number | null }

export type ConversationOrder = 'created_at_asc' | 'created_at_desc' | 'last_activity_at_desc'

export type Chatwoot = ReturnType<typeof openChatwoot>

export function openChatwoot(settings: Settings, host: Host) {
  const { baseUrl, accountId, apiAccessToken, headerName, timeoutMs, rateLimit } = settings
  const bodies = new WeakMap<HttpAnswer, Json>()
  // Rack::Attack counts calls per address (SEEN).
  const budget = budgetFor(`chatwoot ${new URL(baseUrl).host}`, rateLimit)
  const shared = { baseUrl, log: host.log, timeoutMs, budget, authorize: () => ({ [headerName]: apiAccessToken }) }
  const below = (path: string) => `api/v1/accounts/${accountId}${path}`
  const reading = openHttp({
    ...shared,
    explain: (answer) => (answer.status < 300 ? readBody(answer, bodies) : failureFrom(answer)),
  })
  // Many changes are answered with an empty 200 (SEEN).
  const changing = openHttp({
    ...shared,
    explain: (answer) =>
      answer.status >= 300 ? failureFrom(answer) : answer.text.trim() === '' ? null : readBody(answer, bodies),
  })

  async function get(path: string): Promise<Json> {
    const answer = await reading.send({ method: 'GET', path: below(path), isRead: true })
    return bodies.get(answer) ?? null
  }
  const list = async (path: string, what: string) => listIn(await get(path), what)

  return {
    ...writesOf(async ({ path, ...call }) => {
      const answer = await changing.send({ ...call, path: below(path), isRead: false })
      return bodies.get(answer) ?? null
    }),
    budget,
    /** The cheapest call that needs host, token and account. */
    check: async () => void (await get('/conversations/meta?status=all')),
    inboxes: () => list('/inboxes', 'inboxes'),
    agents: () => list('/agents', 'agents'),
    teams: () => list('/teams', 'teams'),
    labels: () => list('/labels', 'labels'),
    savedFilters: () => list('/custom_filters?filter_type=conversation', 'saved filters'),
    /** 15 a page, from 1; only those with an e-mail, phone or identifier. Oldest first, so that new ones come last. */
    contacts: (page: number) => list(`/contacts?sort=created_at&page=${page}`, 'contacts'),
    contact: async (id: string) => objectOf(objectOf(await get(`/contacts/${id}`))?.payload),
    /** 15 a page, by a part of name, e-mail, phone or identifier. */
    contactsLike: (text: string, page: number) =>
      list(`/contacts/search?q=${encodeURIComponent(text)}&page=${page}`, 'contacts'),
    /** The 20 newest. */
    conversationsOfContact: (id: string) => list(`/contacts/${id}/conversations`, 'conversations'),
    /** 25 a page, from 1, without a word on how many pages there are. The default status is `open`, hence `all`. */
    conversations: (page: number, sortBy: ConversationOrder): Promise<ConversationPage> =>
      get(`/conversations?status=all&assignee_type=all&sort_by=${sortBy}&page=${page}`).then(pageIn),
    /** Everything changed in the last so many seconds, in one answer. */
    conversationsWithin: (seconds: number): Promise<ConversationPage> =>
      get(`/conversations?status=all&assignee_type=all&updated_within=${seconds}`).then(pageIn),
    conversation: (displayId: string) => get(`/conversations/${displayId}`),
    /** Up to 100 messages with a greater id. The answer is in order of time, the cut is by id. */
    messagesAfter: (displayId: string, id: string) =>
      list(`/conversations/${displayId}/messages?after=${id}`, 'messages'),
    /** Up to 1,000 messages from one id (inclusive) to another (exclusive). */
    messagesBetween: (displayId: string, from: string, to: string) =>
      list(`/conversations/${displayId}/messages?after=${from}&before=${to}`, 'messages'),
    /** The 20 newest before an id, or of all; ascending. */
    messagesBefore: (displayId: string, id: string | null) =>
      list(`/conversations/${displayId}/messages${id === null ? '' : `?before=${id}`}`, 'messages'),
  }
}

/** Lists come bare, as `payload`, or as `data.payload`; which one differs by endpoint and version. */
function listIn(answer: Json, what: string): Json[] {
  const outer = objectOf(answer)
  const inner = objectOf(outer?.data)
  const found = [answer, outer?.payload, outer?.data, inner?.payload].find(Array.isArray)
  if (!found)
    throw new RefusedError(`expected a list of ${what}, got ${JSON.stringify(cleaned(answer)).slice(0, 120)}`, {
      httpStatus: 200,
    })
  return found as Json[]
}

function pageIn(answer: Json): ConversationPage {
  const rows = listIn(answer, 'conversations')
  const outer = objectOf(answer)
  const meta = objectOf(objectOf(outer?.data)?.meta) ?? objectOf(outer?.meta)
  const allCount = meta?.all_count
  return { rows, allCount: typeof allCount === 'number' ? allCount : null }
}

/** Parses here, inside the retries, so that a broken body is asked for again. */
function readBody(answer: HttpAnswer, bodies: WeakMap<HttpAnswer, Json>): VendorError | null {
  try {
    bodies.set(answer, answer.json())
    return null
  } catch (error) {
    if (error instanceof TryAgainError) return error
    throw error
  }
}

/** Pundit's refusals come as 401 like a bad token does; this is their text. Source: RequestExceptionHandler (SEEN). */
const notAllowed = /not authorized to do this action/i
/** Refused by the guard against loops, which counts the messages of a conversation per minute (SEEN). */
const tooMany = /too many messages/i

/**
 * Three shapes: `{error}`, `{message, attributes}`, and the reference's `{description, errors: [{field, message,
 * code}]}`.
 */
function failureFrom(answer: HttpAnswer): VendorError | null {
  const { status } = answer
  if (status < 400 || status >= 500 || status === 408 || status === 425 || status === 429) return null
  const body = bodyOrNull(answer)
  const first = objectOf(Array.isArray(body?.errors) ? body.errors[0] : null)
  const said =
    textOf(body?.error) ??
    textOf(body?.message) ??
    textOf(body?.description) ??
    textOf(first?.message) ??
    answer.text.slice(0, 200)
  const provider = { httpStatus: status, code: idOf(first?.code), requestId: answer.headers.get('x-request-id') }
  const message = `Chatwoot answered ${status}: ${said}`
  if (status === 401)
    return notAllowed.test(said) ? new RefusedError(message, provider) : new FixCredentialsError(message, provider)
  if (tooMany.test(said)) return new TryAgainError(message, { ...provider, retryAfterMs: 60_000 })
  if (status === 404 || status === 410) return new GoneError(message, provider)
  return new RefusedError(message, provider)
}

function bodyOrNull(answer: HttpAnswer): JsonObject | null {
  try {
    return objectOf(answer.json())
  } catch {
    return null
  }
}
