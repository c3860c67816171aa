import { hash } from 'node:crypto'

/** The same few are asked for again and again: 0.2 µs instead of 1, up to ten times a request. */
const known = new Map<string, string>()
const mostKnown = 2000
/** Clients can make some as long as they like. */
const mostLetters = 1000

/** For names of statements: Postgres cuts them at 63 bytes. */
export function digestOf(text: string): string {
  const kept = known.get(text)
  if (kept) return kept
  const digest = hash('md5', text, 'hex').slice(0, 12)
  if (text.length > mostLetters) return digest
  if (known.size >= mostKnown) known.clear()
  known.set(text, digest)
  return digest
}
