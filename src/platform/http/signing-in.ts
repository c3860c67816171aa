/** Lets a request in, or says why not: 401 without a good token, 503 while nobody can tell whether it is one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Log } from '#platform/log.ts'
import { type Refusal, refusals } from './refusal.ts'

/** Who a bearer token speaks for; null for none or a wrong one. @throws Error when it cannot be told now. */
export type Authenticate = (bearerToken: string | null) => Promise<Viewer | null> | Viewer | null

/** So long every refusal takes at least: whether a token is garbage, unknown, revoked or expired is not to be timed. */
const REFUSED_AFTER_MS = 20

export type SignedIn = { viewer: Viewer } | { refusal: Refusal }

export async function signedIn(
  bearerToken: string | null,
  { authenticate, log }: { authenticate: Authenticate; log: Log },
): Promise<SignedIn> {
  const startedAt = performance.now()
  try {
    const viewer = await authenticate(bearerToken)
    if (viewer) return { viewer }
  } catch (error) {
    log.warn({ err: error }, 'a token could not be checked')
    return { refusal: refusals.tokenUnknown }
  }
  await sleep(Math.max(0, startedAt + REFUSED_AFTER_MS - performance.now()))
  return { refusal: refusals.notSignedIn }
}

/** Of a header `authorization`. */
export function bearerTokenIn(header: string | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? null
}
