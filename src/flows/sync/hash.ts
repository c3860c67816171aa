import { hash } from 'node:crypto'

/** Tells whether a record says the same as the one that made a row. Dates count by their ISO text. */
export function contentHash(...parts: unknown[]): string {
  return hash('md5', JSON.stringify(parts))
}
