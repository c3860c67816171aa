/** Who we are to Comm100: a bearer token, renewed when it is stale or refused, or the older API key. */
import type { Host } from '#connectors/contract.ts'
import { type Budget, type HttpAnswer, openHttp } from '#connectors/http.ts'
import { idOf, intOf, objectOf } from '#connectors/reading.ts'
import { FixCredentialsError, RefusedError, type VendorError } from '#errors.ts'
import type { Comm100Settings } from './settings.ts'

type Auth = {
  /** Value of the `Authorization` header; fetches a token when there is none or it is about to expire. */
  header(): Promise<string>
  /** A call with this header was refused: get a new one, once for all who ask. False: there is no way to. */
  renew(spent: string): Promise<boolean>
  /** Goes into the query of every call. */
  query: Record<string, string>
}

type Token = { header: string; staleAtMs: number | null }
type Grant = Exclude<Comm100Settings['auth'], { grant: 'apiKey' }>

export function openAuth(settings: Comm100Settings, host: Host, budget: Budget): Auth {
  const { auth } = settings
  return auth.grant === 'apiKey' ? keyAuth(auth) : tokenAuth({ settings, grant: auth, host, budget })
}

/** The older way: HTTP Basic with the key, and the site in every query. Source: vendor's reference before 2025 (SEEN). */
function keyAuth({ email, apiKey, siteId }: Extract<Comm100Settings['auth'], { grant: 'apiKey' }>): Auth {
  const header = `Basic ${Buffer.from(`${email}:${apiKey}`).toString('base64')}`
  return { header: async () => header, renew: async () => false, query: { siteId } }
}

type TokenOptions = { settings: Comm100Settings; grant: Grant; host: Host; budget: Budget }

function tokenAuth({ settings, grant, host, budget }: TokenOptions): Auth {
  const url = tokenUrlOf(settings)
  const http = openHttp({
    baseUrl: url.origin,
    log: host.log,
    budget,
    timeoutMs: settings.timeoutMs,
    explain: explainToken,
  })
  let refreshToken = grant.grant === 'refreshToken' ? grant.refreshToken : null
  let token: Token | null = null
  let pending: Promise<Token> | null = null

  async function issue(): Promise<Token> {
    const body = new URLSearchParams(formOf(grant, refreshToken))
    const answer = objectOf((await http.send({ method: 'POST', path: url.pathname, body, isRead: true })).json())
    const accessToken = idOf(answer?.access_token)
    if (!accessToken) throw new RefusedError('expected an access_token from the token address, got none')
    // The vendor may rotate it; the newest is kept for as long as this session lives.
    if (grant.grant === 'refreshToken') refreshToken = idOf(answer?.refresh_token) ?? refreshToken
    const lifeMs = (intOf(answer?.expires_in) ?? 0) * 1000
    // A minute early, or a tenth of its life when it lives shorter than ten minutes.
    const staleAtMs = lifeMs > 0 ? host.now().getTime() + lifeMs - Math.min(60_000, lifeMs / 10) : null
    return { header: `Bearer ${accessToken}`, staleAtMs }
  }

  function fresh(): Promise<Token> {
    pending ??= issue()
      .then((issued) => {
        token = issued
        return issued
      })
      .finally(() => {
        pending = null
      })
    return pending
  }

  return {
    async header() {
      if (token && (token.staleAtMs === null || host.now().getTime() < token.staleAtMs)) return token.header
      return (await fresh()).header
    },
    async renew(spent) {
      if (token?.header === spent) await fresh()
      return true
    },
    query: {},
  }
}

/** `grant_type=password&email=&password=&client_id=` (SEEN); the refresh grant by the OAuth standard (ASSUMED). */
function formOf(grant: Grant, refreshToken: string | null): Record<string, string> {
  if (grant.grant === 'password') {
    return { grant_type: 'password', email: grant.email, password: grant.password, client_id: grant.clientId }
  }
  const { clientId, clientSecret } = grant
  return {
    grant_type: 'refresh_token',
    refresh_token: refreshToken ?? '',
    client_id: clientId,
    client_secret: clientSecret,
  }
}

/** Tokens come from another host: `dash15` for `api15` (SEEN). */
export function tokenUrlOf({ tokenUrl, apiUrl }: Pick<Comm100Settings, 'tokenUrl' | 'apiUrl'>): URL {
  if (tokenUrl) return new URL(tokenUrl)
  const url = new URL(apiUrl)
  url.hostname = url.hostname.replace(/^api/i, 'dash')
  return new URL('/oauth/token', url.origin)
}

/** OAuth's own words for a refusal; what was sent is never repeated in the message. */
function explainToken({ status, text }: HttpAnswer): VendorError | null {
  if (status !== 400 && status !== 401 && status !== 403) return null
  const answer = objectOf(text)
  const code = idOf(answer?.error) ?? idOf(answer?.code)
  return new FixCredentialsError(`the token address refused the credentials (${code ?? status})`, {
    httpStatus: status,
    code,
  })
}
