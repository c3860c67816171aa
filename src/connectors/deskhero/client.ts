/** DeskHero's endpoints, one function each. Source: apidocs.deskhero.com; `tickets` and `tickets/{id}` ASSUMED. */

import type { HostLog, Json, JsonObject } from '#connectors/contract.ts'
import { type Budget, budgetFor, type HttpAnswer, type HttpCall, type HttpOptions, openHttp } from '#connectors/http.ts'
import { idOf, objectOf } from '#connectors/reading.ts'
import { FixCredentialsError, GoneError, RefusedError, type VendorError } from '#errors.ts'
import type { Settings } from './settings.ts'
import { codeIn, errorTextIn, manyIn, oneIn, requestIdIn, saysItFailed, totalIn } from './wrapper.ts'

export type Client = {
  origin: string
  budget: Budget
  authorization: Record<string, string>
  tickets(page: TicketPage): Promise<Listed>
  /** A `DTO_ticket_complete`. */
  ticket(id: string): Promise<JsonObject>
  users(page: number): Promise<Listed>
  /** The entries of a system list; empty when the list is refused or its entries are nowhere. */
  listEntries(uniqueKey: string): Promise<Json[]>
  /**
   * Changes something, once. Null when the answer is empty. A 403 that is not the token's fault is a RefusedError.
   * `path` is below /api/{tenant}/v{version}/, encoded, with its query.
   */
  write(call: Pick<HttpCall, 'method' | 'path' | 'body'>): Promise<Json>
}

export type TicketPage = { page: number; take: number; sortBy: string; order: 'ASC' | 'DESC' }
/** `total` null when the wrapper does not say. */
export type Listed = { rows: Json[]; total: number | null }

export function openClient(settings: Settings, log: HostLog): Client {
  const { baseUrl, tenant, version, paths, wrapperKeys } = settings
  const origin = new URL(baseUrl).origin
  const budget = budgetFor(`deskhero ${origin}/${tenant.toLowerCase()}`, settings.rateLimit)
  const authorization = {
    [settings.headerName]: settings.scheme ? `${settings.scheme} ${settings.token}` : settings.token,
  }
  const root = `api/${encodeURIComponent(tenant)}/v${encodeURIComponent(version)}/`
  // Parsed while the call can still be repeated: a body cut off or an HTML page is a passing failure.
  const parsed = new WeakMap<HttpAnswer, Json>()

  const common = { baseUrl, log, budget, timeoutMs: settings.timeoutMs, authorize: () => authorization }
  const isOk = ({ status }: HttpAnswer) => status >= 200 && status < 300

  function read(answer: HttpAnswer): VendorError | null {
    const json = answer.json()
    parsed.set(answer, json)
    const what = `DeskHero answered ${answer.status} and says it failed: ${errorTextIn(json) ?? 'no reason given'}`
    return saysItFailed(json)
      ? new RefusedError(what, { httpStatus: answer.status, requestId: requestIdIn(json), code: codeIn(json) })
      : null
  }

  const http = openHttp({ ...common, explain: (answer) => (isOk(answer) ? read(answer) : explained(answer)) })
  const explainWrite: HttpOptions['explain'] = (answer) => {
    if (isOk(answer)) return answer.text.trim() === '' ? null : read(answer)
    // Whether a ticket is gone, or an assumed path is wrong, only looking can tell.
    return [403, 404, 410].includes(answer.status) ? refusal(answer) : explained(answer)
  }
  const writing = openHttp({ ...common, explain: explainWrite })

  async function get(path: string, query: Record<string, string> = {}): Promise<Json> {
    const search = new URLSearchParams(query).toString()
    const answer = await http.send({ method: 'GET', path: `${root}${path}${search && `?${search}`}`, isRead: true })
    return parsed.get(answer) ?? null
  }

  async function list(path: string, query: Record<string, string>): Promise<Listed> {
    const answer = await get(path, query)
    const rows = manyIn(answer, wrapperKeys)
    if (!rows)
      throw new RefusedError(
        `GET ${path}: expected a list, bare or in ${wrapperKeys.join('|')}, got ${shortly(answer)}`,
      )
    return { rows, total: totalIn(answer) }
  }

  const orderOf = { ASC: settings.enumsAs === 'names' ? 'ASC' : '0', DESC: settings.enumsAs === 'names' ? 'DESC' : '1' }
  const sorted = ({ page, take, sortBy, order }: TicketPage) => ({
    take: String(take),
    page: String(page),
    sort_by_key: sortBy,
    sort_order: orderOf[order],
  })

  return {
    origin,
    budget,
    authorization,
    tickets: (page) =>
      list(paths.tickets, { ...sorted(page), ...(settings.includeImported && { include_imported: 'true' }) }),
    async ticket(id) {
      const path = paths.ticket.replace('{id}', encodeURIComponent(id))
      const answer = await get(path)
      const complete = oneIn(answer, wrapperKeys, (object) => 'ticket' in object || 'conversations' in object)
      if (!complete)
        throw new RefusedError(`GET ${path}: expected a ticket with its conversations, got ${shortly(answer)}`)
      return complete
    },
    users: (page) => list(paths.users, sorted({ page, take: settings.pageSize, sortBy: 'id', order: 'ASC' })),
    async listEntries(uniqueKey) {
      const known = await orNothing(() =>
        get(paths.list.replace('{key}', encodeURIComponent(uniqueKey)), { include_fields: 'true' }),
      )
      const found = oneIn(known, wrapperKeys, (object) => 'unique_key' in object || 'list_fields' in object)
      const inside = found ? manyIn(found, ['entries', 'list_entries', 'items', 'options']) : null
      if (inside && inside.length > 0) return inside
      const id = idOf(found?.id)
      if (id === null) return []
      const entries = await orNothing(() => get(paths.entries.replace('{id}', encodeURIComponent(id))))
      return manyIn(entries, wrapperKeys) ?? []
    },
    async write(call) {
      try {
        const answer = await writing.send({ ...call, path: `${root}${call.path}`, isRead: false })
        return parsed.get(answer) ?? null
      } catch (error) {
        if (error instanceof RefusedError && error.provider.httpStatus === 403) await proveToken(error)
        throw error
      }
    },
  }

  /** Throws when reading is refused too: then it is the token, not what was asked for. */
  async function proveToken(cause: RefusedError): Promise<void> {
    const look: TicketPage = { page: settings.firstPage, take: 1, sortBy: settings.sortKeys.created, order: 'ASC' }
    try {
      await list(paths.tickets, sorted(look))
    } catch (error) {
      if (error instanceof FixCredentialsError) throw error
      throw cause
    }
  }
}

/** What can be done without: a look-up the vendor refuses (400, 403) or does not have is no answer. */
export async function orNothing<Answer>(call: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof RefusedError || error instanceof GoneError || error instanceof FixCredentialsError) return null
    throw error
  }
}

/**
 * Only 200, 400 and 403 are documented (SEEN), no 401: a 403 may be a bad token, so it asks for the credentials to be
 * looked at. Null leaves passing failures (429, 5xx) to the general rule.
 */
function explained(answer: HttpAnswer): VendorError | null {
  const { status } = answer
  const { text, provider } = saidIn(answer)
  if (status === 401 || status === 403) {
    return new FixCredentialsError(
      `DeskHero answered ${status}: the token is not accepted or its role is below USER (${text})`,
      provider,
    )
  }
  if (status === 404 || status === 410) return new GoneError(`DeskHero answered ${status}: ${text}`, provider)
  if (status === 408 || status === 425 || status === 429 || status >= 500) return null
  return refusal(answer)
}

function refusal(answer: HttpAnswer): RefusedError {
  const { text, provider } = saidIn(answer)
  return new RefusedError(`DeskHero answered ${answer.status}: ${text}`, provider)
}

function saidIn(answer: HttpAnswer) {
  const error = errorOf(answer)
  const provider = { httpStatus: answer.status, requestId: requestIdIn(error), code: codeIn(error) }
  return { text: errorTextIn(error) ?? 'no reason given', provider }
}

function errorOf({ text, json }: HttpAnswer): Json {
  try {
    return json()
  } catch {
    return text.slice(0, 200)
  }
}

function shortly(answer: Json): string {
  return Array.isArray(answer)
    ? 'a list'
    : objectOf(answer)
      ? `an object with ${
          Object.keys(answer as object)
            .slice(0, 8)
            .join(', ') || 'nothing'
        }`
      : JSON.stringify(answer).slice(0, 80)
}
