/** Carries one action to the gateway: signed, in the form it wants, and with its failures as ours. */
import { randomUUID } from 'node:crypto'
import type { HostLog, JsonObject } from '#connectors/contract.ts'
import { budgetFor, openHttp } from '#connectors/http.ts'
import { objectOf } from '#connectors/reading.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { failureIn } from './failures.ts'
import type { Settings } from './settings.ts'
import { encodedPairs, signedHeaders } from './sign.ts'

const version = '2021-06-10'

/** Each parameter goes where it travels: in the query or in the form. */
export type Parameters = { query?: Record<string, string>; form?: Record<string, string> }

export type Gateway = {
  /** An action that changes nothing anybody sees. Answers the whole envelope. */
  read(action: string, parameters: Parameters): Promise<JsonObject>
  /** An action that changes something; it is sent once. */
  write(action: string, parameters: Parameters): Promise<JsonObject>
}

export function openGateway(settings: Settings, log: HostLog): Gateway {
  const { accessKeyId, accessKeySecret, securityToken, endpoint, rateLimit, timeoutMs } = settings
  const secrets = [accessKeySecret, ...(securityToken ? [securityToken] : [])]
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

  /** Everything is POST. */
  async function send(action: string, { query = {}, form = {} }: Parameters, isRead: boolean) {
    const search = encodedPairs(Object.entries(query))
    const body = encodedPairs(Object.entries(form))
    const headers: Record<string, string> = { 'x-acs-action': action }
    if (body) headers['content-type'] = 'application/x-www-form-urlencoded'
    const path = search ? `/?${search}` : '/'
    const answer = await http.send({ method: 'POST', path, headers, isRead, ...(body ? { body } : {}) })
    const envelope = objectOf(answer.json())
    if (!envelope) throw new TryAgainError(`${action}: expected an object, got ${answer.text.slice(0, 80)}`)
    return envelope
  }

  async function call(action: string, parameters: Parameters, isRead: boolean) {
    try {
      return await send(action, parameters, isRead)
    } catch (error) {
      throw refusalOf(error, action, parameters) ?? error
    }
  }

  return {
    read: (action, parameters) => call(action, parameters, true),
    write: (action, parameters) => call(action, parameters, false),
  }
}

/** Without these the key is of no use; without any other it goes on reading, and one order is refused. */
const indispensable = new Set(['ListTickets', 'GetTicket', 'ListTicketNotes'])
const lacksPermission = /^(illegal\.auth|forbidden|nopermission)/i

/** What a failure is that says something else of this call than of most. */
function refusalOf(error: unknown, action: string, { query = {}, form = {} }: Parameters): RefusedError | null {
  const mayNot = error instanceof FixCredentialsError && lacksPermission.test(error.provider.code ?? '')
  if (mayNot && !indispensable.has(action)) return new RefusedError(error.message, { ...error.provider, cause: error })
  // Where no ticket was named, it is something else that is not there, such as a category.
  if (error instanceof GoneError && !form.TicketId && !query.TicketId)
    return new RefusedError(error.message, { ...error.provider, cause: error })
  return null
}
