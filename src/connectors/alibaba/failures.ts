/**
 * What went wrong, from an answer of any status. Business failures come with 200, `Success: false` and a number as
 * `Code`; failures of the gateway with a status and a text as `Code`.
 * Source: error tables of the 2021-06-10 reference (SEEN); gateway bodies as the SDK parses them (INFERRED); that this
 * product sends `Throttling*`, and how it says that a ticket is not there, is ASSUMED.
 */
import type { JsonObject } from '#connectors/contract.ts'
import { type HttpAnswer, parseJson, retryAfterMsOf } from '#connectors/http.ts'
import { boolOf, idOf, objectOf, textOf } from '#connectors/reading.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError, type VendorError } from '#errors.ts'

/** The failure in an answer; null when there is none or when it is for the status alone to say. */
export function failureIn(answer: HttpAnswer, secrets: readonly string[]): VendorError | null {
  const isFine = answer.status >= 200 && answer.status < 300
  // Inside a text the quotes are escaped, so this cannot be faked; it spares reading the whole answer twice.
  if (isFine && /"Success"\s*:\s*true/.test(answer.text) && answer.text.endsWith('}')) return null
  const body = bodyOf(answer.text)
  if (!body) return isFine ? noJson(answer) : null
  const code = idOf(body.Code)
  const success = boolOf(body.Success)
  if (isFine && (success ?? (code === '0' || code === '200'))) return null
  if (isFine && success === null && code === null) {
    return new TryAgainError('expected an answer with Success and Code, got neither', { httpStatus: answer.status })
  }
  const isGateway = success === null
  const said = textOf(body.Message) ?? 'no message'
  const message = `Alibaba Cloud answered ${answer.status} ${code ?? 'without a code'}: ${without(secrets, said).slice(0, 300)}`
  const provider = { httpStatus: answer.status, code, requestId: idOf(body.RequestId) }
  const kind = kindOf({ status: answer.status, code: code ?? '', said, isGateway })
  if (kind === 'again') return new TryAgainError(message, { ...provider, retryAfterMs: retryAfterMsOf(answer.headers) })
  if (kind === 'credentials') return new FixCredentialsError(message, provider)
  if (kind === 'gone') return new GoneError(message, provider)
  return new RefusedError(message, provider)
}

type Kind = 'again' | 'credentials' | 'gone' | 'refused'

/** By code, first match wins. `InvalidTimeStamp` and a used nonce pass: the next attempt has new ones. */
const kindsOfCodes: [RegExp, Kind][] = [
  [/^throttling|flow.?control|^429$/i, 'again'],
  [/^system\.error$|^(internalerror|serviceunavailable)/i, 'again'],
  [/^invalidtimestamp|^signaturenonceused/i, 'again'],
  [
    /^(illegal\.auth|signaturedoesnotmatch|incompletesignature|forbidden|nopermission|missingsecuritytoken)/i,
    'credentials',
  ],
  [/^(invalidaccesskeyid|invalidaccesskeysecret|invalidsecuritytoken|missingaccesskeyid)/i, 'credentials'],
]

function kindOf(failure: { status: number; code: string; said: string; isGateway: boolean }): Kind {
  const { status, code, said, isGateway } = failure
  const known = kindsOfCodes.find(([pattern]) => pattern.test(code))
  if (known) return known[1]
  // InvalidAction.NotFound and the like are about the call, not about a ticket: only a business answer can miss one.
  if (!isGateway && (code === '404' || /not.{0,6}(exist|found)/i.test(`${code} ${said}`))) return 'gone'
  const number = /^\d{3}$/.test(code) ? Number(code) : status
  if (number === 401 || number === 403 || status === 401) return 'credentials'
  return number === 408 || number === 429 || number >= 500 ? 'again' : 'refused'
}

/** An error page or an answer cut off: it may be there the next time. */
function noJson({ status, text }: HttpAnswer): VendorError {
  return new TryAgainError(`expected a JSON object, got ${JSON.stringify(text.slice(0, 80))}`, { httpStatus: status })
}

function bodyOf(text: string): JsonObject | null {
  try {
    return objectOf(parseJson(text))
  } catch {
    return null
  }
}

/** A refused signature is explained with the request that was signed, security token and signature included. */
function without(secrets: readonly string[], text: string): string {
  const kept = secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
  return kept.replaceAll(/\b(Signature|security-token)=[^&,\s"]+/gi, '$1=…').replaceAll(/\b[0-9a-f]{64}\b/gi, '…')
}
