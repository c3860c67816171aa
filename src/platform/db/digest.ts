import { hash } from 'node:crypto'

/** For names of statements: Postgres cuts them at 63 bytes. */
export function digestOf(text: string): string {
  return hash('md5', text, 'hex').slice(0, 12)
}
