/** What is kept of DeskHero's own objects: everything but live secrets. */
import type { Json } from '#connectors/contract.ts'
import { redact, textOf } from '#connectors/reading.ts'

/** No secret is documented; these are the usual names, in case one appears. */
export const secretKeys: ReadonlySet<string> = new Set([
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'api_key',
  'apikey',
  'password',
  'secret',
  'client_secret',
  'authorization',
])

/** A copy without secrets and without the query strings of addresses that open files. */
export function rawOf(value: unknown): Json {
  return unsigned(redact(value as Json, secretKeys))
}

/** An address of a file without its query string, which may open it to anybody. */
export function pathOfUrl(value: unknown): string | null {
  return textOf(value)?.split(/[?#]/, 1)[0] ?? null
}

/** A picture's address; its query string only goes when it looks like a signature. */
export function pictureOf(value: unknown): string | null {
  const url = textOf(value)
  return url && signature.test(url) ? pathOfUrl(url) : url
}

const signature = /[?&](sig|signature|token|access_token|key|expires|se|sv|policy|x-(amz|goog)-[a-z-]+)=/i

/** Works in place: what comes in is our own copy. */
function unsigned(copy: Json): Json {
  if (Array.isArray(copy)) copy.forEach(unsigned)
  else if (typeof copy === 'object' && copy !== null) {
    for (const [key, value] of Object.entries(copy)) {
      if (typeof value === 'object') unsigned(value)
      else if (key === 'download_url') copy[key] = pathOfUrl(value)
      else if (typeof value === 'string' && /^https?:/i.test(value) && signature.test(value))
        copy[key] = pathOfUrl(value)
    }
  }
  return copy
}
