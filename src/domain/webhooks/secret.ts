/** Signing secrets, in the form of Standard Webhooks: `whsec_` and 256 random bits in base64. */
import { randomBytes } from 'node:crypto'
import { kept, opened, type SecretKeys } from '#platform/sealed.ts'

const PREFIX = 'whsec_'
const KEY_BYTES = 32
const HINT_LENGTH = PREFIX.length + 4

export function newSecret(): string {
  return PREFIX + randomBytes(KEY_BYTES).toString('base64')
}

export function hintOf(secret: string): string {
  return secret.slice(0, HINT_LENGTH)
}

/** What signs. */
export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64')
}

/** As it stands in the row of its webhook, and in no other. */
export function keptSecret(secret: string, webhookId: string, keys: SecretKeys): string {
  return kept(secret, `webhook ${webhookId}`, keys)
}

/** Null when none of the keys opens it. */
export function openedSecret(value: string, webhookId: string, keys: SecretKeys): string | null {
  return opened(value, `webhook ${webhookId}`, keys)
}
