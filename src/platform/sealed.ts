/**
 * Secrets as they stand encrypted in a configuration file and in the database: `enc:<name of the key>:<base64url>`.
 * AES-256-GCM, and bound to what they are for: copied to another place, as into another backend, they do not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export type SecretKey = { id: string; key: Buffer }

/** `newest` encrypts, all of them decrypt; null and empty where none is given. */
export type SecretKeys = { newest: SecretKey | null; byId: ReadonlyMap<string, Buffer> }

export const noKeys: SecretKeys = { newest: null, byId: new Map() }

const SEALED = /^enc:([A-Za-z0-9][\w-]{0,31}):([\w-]+)$/
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function sealed(text: string, purpose: string, { id, key }: SecretKey): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(boundTo(purpose, id))
  const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return `enc:${id}:${Buffer.concat(parts).toString('base64url')}`
}

/** Null when the key is another one, or the text was changed or is not for this purpose: that cannot be told apart. */
export function unsealed(text: string, purpose: string, { id, key }: SecretKey): string | null {
  const bytes = Buffer.from(SEALED.exec(text)?.[2] ?? '', 'base64url')
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo(purpose, id))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null
  }
}

/** As it is kept: plain where the installation has no key. */
export function kept(text: string, purpose: string, { newest }: SecretKeys): string {
  return newest ? sealed(text, purpose, newest) : text
}

/** What `kept` kept; null when none of the keys opens it. */
export function opened(value: string, purpose: string, { byId }: SecretKeys): string | null {
  const id = keyIdOf(value)
  if (id === null) return value
  const key = byId.get(id)
  return key ? unsealed(value, purpose, { id, key }) : null
}

/** Name of the key that a value is encrypted with; null for a value that is not. */
export function keyIdOf(value: unknown): string | null {
  return (typeof value === 'string' && SEALED.exec(value)?.[1]) || null
}

function boundTo(purpose: string, keyId: string): Buffer {
  return Buffer.from(JSON.stringify(['deskgraph', keyId, purpose]))
}
