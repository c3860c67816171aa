/**
 * The public keys an identity provider publishes (JWKS). Fetched when first needed and kept: a rotated key is found
 * without a restart, a provider that is away for a while is not noticed, and no flood of tokens makes us flood it.
 */
import { createLocalJWKSet, errors, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from 'jose'
import type { Log } from '#platform/log.ts'

/** Nobody can tell whether a token is good: there are no keys yet, or they are too old to be trusted. */
export class KeysUnavailableError extends Error {
  override name = 'KeysUnavailableError'
}

export type KeySet = {
  /** @throws JOSEError when no key fits. @throws KeysUnavailableError */
  keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>
  /** Fetches now, for whoever checks the configuration; how many keys can be used. @throws Error */
  check(): Promise<number>
}

/** Asks for the text at an address, whatever status it comes with. @throws Error */
export type ReadKeys = (
  url: string,
  limits: { timeoutMs: number; maxBytes: number },
) => Promise<{ status: number; text: string }>

export type KeySetOptions = { url: string; read: ReadKeys; log: Log; now?: () => number }

type Loaded = { find: ReturnType<typeof createLocalJWKSet>; count: number; at: number }

/** A key that was withdrawn is refused after this long at the latest, if the provider answers. */
const FRESH_MS = 5 * 60_000
/** So long the last good answer serves while the provider gives none. */
const LAST_GOOD_MS = 24 * 60 * 60_000
const TIMEOUT_MS = 3000
const MOST_BYTES = 256 * 1024
const MOST_KEYS = 100
/** Fetches that may follow each other at once, and how long until there may be one more. */
const BURST = 3
const COOLDOWN_MS = 30_000

export function openKeySet({ url, read, log, now = Date.now }: KeySetOptions): KeySet {
  let loaded: Loaded | null = null
  let loading: Promise<void> | null = null
  let allowance = { left: BURST, at: now() }

  /** At most one at a time, whoever asks; a failure leaves what was there. */
  function load(): Promise<void> {
    loading ??= keysAt(url, read)
      .then((keys) => {
        loaded = { find: createLocalJWKSet(keys), count: keys.keys.length, at: now() }
      })
      .catch((error: unknown) => log.warn({ err: error, url }, 'the keys of an identity provider could not be fetched'))
      .finally(() => {
        loading = null
      })
    return loading
  }

  function loadIfAllowed(): Promise<void> {
    if (loading) return loading
    const earned = (now() - allowance.at) / COOLDOWN_MS
    allowance = { left: Math.min(BURST, allowance.left + earned), at: now() }
    if (allowance.left < 1) return Promise.resolve()
    allowance.left -= 1
    return load()
  }

  function usable(): Loaded {
    if (loaded && now() - loaded.at < LAST_GOOD_MS) return loaded
    throw new KeysUnavailableError(`${url} gives no keys`)
  }

  return {
    async keyFor(header, token) {
      if (!loaded) await loadIfAllowed()
      else if (now() - loaded.at > FRESH_MS) void loadIfAllowed()
      const before = usable()
      try {
        return await before.find(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        // Signed with a key made since.
        await loadIfAllowed()
        const after = usable()
        if (after === before) throw error
        return after.find(header, token)
      }
    },
    async check() {
      const { keys } = await keysAt(url, read)
      return keys.length
    },
  }
}

/** @throws Error when there is no set of public keys at this address. */
async function keysAt(url: string, read: ReadKeys): Promise<JSONWebKeySet> {
  const { status, text } = await read(url, { timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES })
  if (status !== 200) throw new Error(`expected a set of keys, got HTTP ${status}`)
  const { keys } = JSON.parse(text) as { keys?: unknown }
  const fitting = Array.isArray(keys) ? keys.slice(0, MOST_KEYS).filter(isPublicKey) : []
  if (fitting.length === 0) throw new Error('expected a set of keys, got none that can be used')
  return { keys: fitting }
}

/** What is secret elsewhere must not become a key here: only public ones for signatures. */
function isPublicKey(key: unknown): key is JSONWebKeySet['keys'][number] {
  if (typeof key !== 'object' || key === null) return false
  const { kty, use } = key as Record<string, unknown>
  return ['RSA', 'EC', 'OKP'].includes(kty as string) && (use === undefined || use === 'sig') && !('d' in key)
}
