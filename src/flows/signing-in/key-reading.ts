import { exchange } from '#connectors/exchange.ts'
import type { ReadKeys } from '#platform/identity/key-set.ts'

/** Asks an identity provider, as everybody else is asked: nobody leads us elsewhere, and the answer is bounded. */
export const readKeys: ReadKeys = (url, limits) =>
  exchange(new URL(url), {
    ...{ method: 'GET', reach: 'configured', body: undefined, isRead: true },
    headers: { accept: 'application/jwk-set+json, application/json' },
    ...limits,
  })
