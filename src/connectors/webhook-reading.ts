/** What connectors need to read a webhook: whether it is from whom it should be, and what it says. */

import { timingSafeEqual } from 'node:crypto'
import { WebhookRefusal } from '#errors.ts'
import { sha256 } from '#sha256.ts'
import type { JsonObject, WebhookCall } from './contract.ts'
import { parseJson } from './http.ts'

/** Whether this secret or signature is one of ours. Takes the same time whatever is given: every hash is compared. */
export function isAnyOf(expected: string[], given: string): boolean {
  const hash = (text: string) => Buffer.from(sha256(text))
  const found = expected.map((candidate) => timingSafeEqual(hash(candidate), hash(given)))
  return found.includes(true)
}

/** @throws WebhookRefusal 400 when it is no JSON object. */
export function bodyOf({ body }: WebhookCall): JsonObject {
  try {
    const read = parseJson(body.toString('utf8'))
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read
  } catch {}
  throw new WebhookRefusal(400, 'expected a JSON object')
}
