/** JSON Web Tokens of an identity provider: read for routing, verified before anything is believed. */
import { errors, type FlattenedJWSInput, type JWSHeaderParameters, type JWTPayload, jwtVerify } from 'jose'
import { KeysUnavailableError } from './key-set.ts'

export type Claims = JWTPayload & { sub: string }

export type TokenRules = {
  issuer: string
  audience: string
  /** The only ones accepted. */
  algorithms: readonly string[]
  clockSkewSeconds: number
  keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<Key>
}
type Key = Exclude<Parameters<typeof jwtVerify>[1], (...given: never[]) => unknown>

const LONGEST_TOKEN = 8192
const LONGEST_SUBJECT = 255

/** Who brings a key along, or wants us to understand something extra, is not one of those we know. */
const FOREIGN_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc']

/** Three parts with dots between: nothing else of ours looks so. */
export function looksSigned(token: string): boolean {
  return token.length <= LONGEST_TOKEN && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)
}

/** What a token says of itself, by which nobody may be let in; null for what cannot be one. */
export function unverifiedClaims(token: string): JWTPayload | null {
  if (!looksSigned(token)) return null
  const [header, claims] = token.split('.').map((part) => objectIn(part))
  if (!header || !claims || !isCanonical(token)) return null
  return FOREIGN_HEADERS.some((name) => Object.hasOwn(header, name)) ? null : claims
}

/**
 * The claims of a token that keeps the rules; null for any other.
 * @throws KeysUnavailableError when nobody can tell.
 */
export async function verifiedClaims(token: string, rules: TokenRules, now: Date): Promise<Claims | null> {
  if (!unverifiedClaims(token)) return null
  try {
    const { payload } = await jwtVerify(token, rules.keyFor as never, {
      issuer: rules.issuer,
      audience: rules.audience,
      algorithms: [...rules.algorithms],
      clockTolerance: rules.clockSkewSeconds,
      currentDate: now,
      requiredClaims: ['exp', 'sub'],
    })
    return areSane(payload, rules, now) ? (payload as Claims) : null
  } catch (error) {
    if (error instanceof KeysUnavailableError) throw error
    // jose says TypeError of keys that are not for the algorithm; whatever it is, this token is not good.
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError) return null
    throw error
  }
}

/** What jose lets pass: times without end, as 1e400 is, tokens of the future, and subjects nobody can write down. */
function areSane({ exp, iat, sub }: JWTPayload, { clockSkewSeconds }: TokenRules, now: Date): boolean {
  const latest = now.getTime() / 1000 + clockSkewSeconds
  const isOfPast = iat === undefined || (Number.isFinite(iat) && iat <= latest)
  return Number.isSafeInteger(exp) && isOfPast && typeof sub === 'string' && isPlain(sub, LONGEST_SUBJECT)
}

/** A text that can be stored, compared and shown as it is. */
export function isPlain(text: string, most: number): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in it
  return text.length > 0 && text.length <= most && text.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(text)
}

/** A claim by its name; a name with dots may be a path into objects, as `realm_access.roles`. */
export function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name.split('.').reduce<unknown>((inner, key) => {
    if (typeof inner !== 'object' || inner === null) return undefined
    return Object.hasOwn(inner, key) ? (inner as Record<string, unknown>)[key] : undefined
  }, claims)
}

/** Base64 has several spellings for the same bytes; only the one that encoders write is taken (jose takes all). */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

function objectIn(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as never) : null
  } catch {
    return null
  }
}
