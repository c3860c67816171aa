/** The calls of the Ticket System, 2021-06-10: each parameter where it travels (SEEN, tried with the published SDK). */
import { randomUUID } from 'node:crypto'
import type { HostLog, Json } from '#connectors/contract.ts'
import { budgetFor, openHttp } from '#connectors/http.ts'
import { intOf, listOf, objectOf } from '#connectors/reading.ts'
import { GoneError, TryAgainError } from '#errors.ts'
import { failureIn } from './failures.ts'
import type { Settings } from './settings.ts'
import { encodedPairs, signedHeaders } from './sign.ts'

const version = '2021-06-10'

export type Client = {
  /** Rows in no documented order; `null` counts where the answer has none. */
  listTickets(input: ListInput): Promise<TicketList>
  /** The ticket as it came; null when the vendor has no such ticket. */
  getTicket(ticketId: string): Promise<Json>
  /** The whole thread, in no documented order; `Data` as it came. */
  listTicketNotes(ticketId: string): Promise<Json>
}

export type ListInput = {
  page: number
  pageSize: number
  /** Window of creation, epoch milliseconds. */
  createdFrom: number
  createdTo: number
  /** Only tickets in one of these statuses. */
  statuses?: readonly string[]
}
export type TicketList = { rows: Json[]; total: number | null; pageSize: number | null }

type Parameters = { query?: Record<string, string>; form?: Record<string, string> }

export function openClient(settings: Settings, log: HostLog): Client {
  const { accessKeyId, accessKeySecret, securityToken, endpoint, rateLimit, timeoutMs, uid } = settings
  const secrets = [accessKeySecret, ...(securityToken ? [securityToken] : [])]
  const owner: Record<string, string> = uid ? { Uid: uid } : {}

  const http = openHttp({
    baseUrl: endpoint,
    log,
    timeoutMs,
    budget: budgetFor(`alibaba ${new URL(endpoint).host} ${accessKeyId}`, rateLimit),
    authorize: (call, url, body) =>
      signedHeaders({
        method: call.method,
        url,
        body,
        contentType: call.headers?.['content-type'],
        action: call.headers?.['x-acs-action'] ?? '',
        version,
        accessKeyId,
        accessKeySecret,
        securityToken,
        // The gateway compares with the real time, so this is not the host's clock, which tests move.
        at: new Date(),
        nonce: randomUUID(),
      }),
    explain: (answer) => failureIn(answer, secrets),
  })

  /** A reading action; everything is POST. Answers the whole envelope. */
  async function read(action: string, { query = {}, form = {} }: Parameters) {
    const search = encodedPairs(Object.entries(query))
    const body = encodedPairs(Object.entries(form))
    const headers: Record<string, string> = { 'x-acs-action': action }
    if (body) headers['content-type'] = 'application/x-www-form-urlencoded'
    const path = search ? `/?${search}` : '/'
    const answer = await http.send({ method: 'POST', path, headers, isRead: true, ...(body ? { body } : {}) })
    const envelope = objectOf(answer.json())
    if (!envelope) throw new TryAgainError(`${action}: expected an object, got ${answer.text.slice(0, 80)}`)
    return envelope
  }

  return {
    async listTickets({ page, pageSize, createdFrom, createdTo, statuses = [] }) {
      const query = { PageNumber: String(page), PageSize: String(pageSize) }
      // Both dates always: they were required until 2024. A list is flattened, unlike TicketIdList, which is joined.
      const form: Record<string, string> = { StartDate: String(createdFrom), EndDate: String(createdTo), ...owner }
      statuses.forEach((status, index) => {
        form[`StatusList.${index + 1}`] = status
      })
      const answer = await read('ListTickets', { query, form })
      const { Data: data = null } = answer
      if (data !== null && !Array.isArray(data)) {
        throw new TryAgainError(`ListTickets: expected a list as Data, got ${JSON.stringify(data).slice(0, 80)}`)
      }
      return { rows: listOf(data), total: intOf(answer.TotalCount), pageSize: intOf(answer.PageSize) }
    },

    async getTicket(ticketId) {
      try {
        const { Data: data = null } = await read('GetTicket', { form: { TicketId: ticketId, ...owner } })
        return data
      } catch (error) {
        if (error instanceof GoneError) return null
        throw error
      }
    },

    async listTicketNotes(ticketId) {
      const { Data: data = null } = await read('ListTicketNotes', { query: { TicketId: ticketId, ...owner } })
      return data
    },
  }
}
