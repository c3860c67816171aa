/** The foreseen failures, named by what happens next. Everything else is a bug: it is masked and logged. */
import { textWithoutSecrets } from '#secrets.ts'

/** The program cannot start or go on. The message is one line for the operator and says what to do; exit code 1. */
export class StartError extends Error {
  override name = 'StartError'
}

/** What a vendor itself said about a failure, for whoever has to ask the vendor. */
export type ProviderAnswer = {
  /** HTTP status; null when no answer came at all. */
  httpStatus: number | null
  /** The vendor's own error code, as text. */
  code: string | null
  /** The vendor's own id of the request. */
  requestId: string | null
}

type VendorErrorOptions = Partial<ProviderAnswer> & { cause?: unknown }

/** Any foreseen failure of a call to a vendor. Its message may quote the vendor; what looks like a credential is cut out. */
export class VendorError extends Error {
  readonly provider: ProviderAnswer

  constructor(message: string, { httpStatus = null, code = null, requestId = null, cause }: VendorErrorOptions = {}) {
    super(textWithoutSecrets(message), { cause })
    this.provider = { httpStatus, code, requestId }
  }
}

/** Try again later: time-out, broken connection, 429, 5xx, an answer that was cut off. */
export class TryAgainError extends VendorError {
  override name = 'TryAgainError'
  /** How long the vendor asked us to wait; null when it did not say. */
  readonly retryAfterMs: number | null

  constructor(
    message: string,
    { retryAfterMs = null, ...rest }: VendorErrorOptions & { retryAfterMs?: number | null } = {},
  ) {
    super(message, rest)
    this.retryAfterMs = retryAfterMs
  }
}

/** Somebody has to renew or correct the credentials; trying again would not help. */
export class FixCredentialsError extends VendorError {
  override name = 'FixCredentialsError'
}

/** Wait until the vendor's quota window opens; neither retry nor a new login helps before. */
export class WaitForQuotaError extends VendorError {
  override name = 'WaitForQuotaError'
  readonly resetsAt: Date

  constructor(message: string, { resetsAt, ...rest }: VendorErrorOptions & { resetsAt: Date }) {
    super(message, rest)
    this.resetsAt = resetsAt
  }
}

/** The vendor has no such thing (any more). */
export class GoneError extends VendorError {
  override name = 'GoneError'
}

/** The vendor refused; the same request would be refused again. */
export class RefusedError extends VendorError {
  override name = 'RefusedError'
}

/** A call that is not the vendor's, or that nobody can read. */
export class WebhookRefusal extends Error {
  override name = 'WebhookRefusal'
  readonly status: 400 | 401 | 404 | 409

  constructor(status: 400 | 401 | 404 | 409, message: string) {
    super(message)
    this.status = status
  }
}
