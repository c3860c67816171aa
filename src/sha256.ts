import { hash } from 'node:crypto'

/** Of a text its UTF-8 bytes count. */
export function sha256(content: string | Uint8Array, encoding: 'hex' | 'base64url' = 'hex'): string {
  return hash('sha256', content, encoding)
}
