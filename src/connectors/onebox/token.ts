/** The token of a session: fetched when first needed, renewed before it ends, by one call however many wait for it. */
import type { Json } from '#connectors/contract.ts'
import { objectOf } from '#connectors/reading.ts'

/**
 * Seconds. Source: `exp - iat` of the sample token in the vendor's API reference (SEEN for that one, INFERRED as the
 * rule).
 */
const usualLifeSeconds = 900
const renewBeforeMs = 60_000

export type Tokens = {
  current(): Promise<string>
  /** The vendor refused this token; does nothing when it was replaced meanwhile. */
  drop(token: string | undefined): void
}

export function keepToken({ login, now }: { login: () => Promise<string>; now: () => Date }): Tokens {
  let held: { token: string; renewAtMs: number } | null = null
  let renewing: Promise<string> | null = null

  async function renew(): Promise<string> {
    const token = await login()
    // Counted from now and not from `iat`, so that a vendor's clock that is wrong does no harm.
    const lifeMs = lifeSecondsOf(token) * 1000
    held = { token, renewAtMs: now().getTime() + lifeMs - Math.min(renewBeforeMs, lifeMs / 10) }
    return token
  }

  return {
    current() {
      if (held && now().getTime() < held.renewAtMs) return Promise.resolve(held.token)
      renewing ??= renew().finally(() => {
        renewing = null
      })
      return renewing
    },
    drop(token) {
      if (held?.token === token) held = null
    },
  }
}

/** A token that cannot be read lives as long as they usually do: the vendor says when it is over. */
function lifeSecondsOf(token: string): number {
  const claims = claimsOf(token)
  const seconds = Number(claims?.exp) - Number(claims?.iat)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : usualLifeSeconds
}

function claimsOf(token: string) {
  try {
    return objectOf(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Json)
  } catch {
    return null
  }
}
