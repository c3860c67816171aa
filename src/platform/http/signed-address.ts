/** Addresses that say what they are for and until when, and are signed: whoever has one may use it. */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** `path` says what kind of address it is; one of another kind does not fit. The parts hold no blanks. */
export function signedPath(path: string, parts: string[], { expiresAt, key }: { expiresAt: Date; key: string }) {
  const ticket = Buffer.from([...parts, expiresAt.getTime()].join(' ')).toString('base64url')
  return `${path}${ticket}.${signatureOf(path, ticket, key)}`
}

/** The parts; null when the address is not ours, was changed, or is too old. */
export function partsOfSigned(path: string, given: string, { now, key }: { now: Date; key: string }): string[] | null {
  const [ticket = '', signature = ''] = given.slice(path.length).split('.')
  const [came, expected] = [Buffer.from(signature), Buffer.from(signatureOf(path, ticket, key))]
  if (came.length !== expected.length || !timingSafeEqual(came, expected)) return null
  const parts = Buffer.from(ticket, 'base64url').toString('utf8').split(' ')
  const expiresAtMs = Number(parts.pop())
  return expiresAtMs > now.getTime() ? parts : null
}

function signatureOf(path: string, ticket: string, key: string): string {
  return createHmac('sha256', key).update(`${path}${ticket}`).digest('base64url')
}
