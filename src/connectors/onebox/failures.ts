/** What OneBox's failures mean. */
import type { Json } from '#connectors/contract.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import {
  FixCredentialsError,
  GoneError,
  RefusedError,
  TryAgainError,
  type VendorError,
  WaitForQuotaError,
} from '#errors.ts'
import { nextHour } from './clock.ts'

/** The token is over: sign in again and repeat, once. */
export class ExpiredTokenError extends FixCredentialsError {}

export type FailureContext = { httpStatus: number; retryAfterMs: number | null; now: Date; quotaZone: string }

/**
 * The failure an answer tells of, whatever its HTTP status; null when it tells of none.
 * Source: every page of the vendor's API reference shows `{_meta: {status: 'ERROR'}, records: {errorCode,
 * userMessage}}` with HTTP 401 (SEEN), `errorCode` as a number or as text (SEEN); that it may come with 200 is
 * INFERRED.
 */
export function failureIn(body: Json, context: FailureContext): VendorError | null {
  const answer = objectOf(body)
  if (!answer) return null
  if (textOf(objectOf(answer._meta)?.status)?.toUpperCase() === 'ERROR') {
    const records = objectOf(answer.records) ?? {}
    return failureFrom(idOf(records.errorCode), textOf(records.userMessage) ?? 'no reason given', context)
  }
  const code = idOf(answer.response_code)
  if (code !== null && code !== '200')
    return failureFrom(code, textOf(answer.response_status) ?? 'no reason given', context)
  return null
}

function failureFrom(code: string | null, reason: string, context: FailureContext): VendorError {
  const provider = { httpStatus: context.httpStatus, code }
  const message = `OneBox answered ${code ?? context.httpStatus}: ${reason.slice(0, 300)}`
  // The quota answers 401 too; to sign in again would not help, and might count.
  if (/time limit reached/i.test(reason))
    return new WaitForQuotaError(message, { ...provider, resetsAt: opensAt(reason, context) })
  if (/not authorized to log into/i.test(reason)) return new FixCredentialsError(message, provider)
  if (/expired token|token (has|is) expired/i.test(reason)) return new ExpiredTokenError(message, provider)

  const status = Number(code ?? context.httpStatus)
  if (status === 401 || status === 403) return new FixCredentialsError(message, provider)
  if (status === 404 || status === 410) return new GoneError(message, provider)
  if (status === 408 || status === 429 || status >= 500)
    return new TryAgainError(message, { ...provider, retryAfterMs: context.retryAfterMs })
  return new RefusedError(message, provider)
}

/**
 * Whether a refused change is about what was asked and not about who asks. Every failure of the reference comes as 401
 * (SEEN), so a 401 may well be about a missing field: unless its words tell of the login, the credentials are not to
 * blame (ASSUMED). 403 is about this change, with or without words.
 */
export function isOfOrder(error: unknown): error is FixCredentialsError {
  if (!(error instanceof FixCredentialsError) || error instanceof ExpiredTokenError) return false
  const { httpStatus, code } = error.provider
  return httpStatus === 403 || code === '403' || (code !== null && !aboutLogin.test(error.message))
}

const aboutLogin = /token|log(ged)?[ -]?(in|on)|authenti|unauthori[sz]ed|credential|password|no reason given/i

/** "… please try again tomorrow at 18:00 - 06:00": the next 18:00. That the hour is of `quotaZone` is ASSUMED. */
function opensAt(reason: string, { now, quotaZone }: FailureContext): Date {
  const [, hour = '18', minute = '00'] = /(\d{1,2})[:.](\d{2})/.exec(reason) ?? []
  return nextHour(`${hour.padStart(2, '0')}:${minute}`, quotaZone, now)
}
