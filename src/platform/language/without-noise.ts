/** What of a text says something about its language. */
import { unquotedTextOf } from '#platform/richtext/quoted-text.ts'

/** The detector reads only the first few hundred bytes; quoting parsers and patterns need not see more than this. */
const MAX_LENGTH = 5_000

const NOISE = [
  /\bhttps?:\/\/\S+|\bwww\.\S+/gi,
  /[^\s@<>]{1,64}@[^\s@<>]{1,255}/g,
  // File and host names such as shop.example.com, not a missing space after a sentence: no capital after the dot.
  /\b[\w-]{1,64}(?:\.[a-z\d-]{2,}){1,5}\b/g,
  // Placeholders, mentions and tags of the channel.
  /\{\{[^{}]{0,80}\}\}|[@#][\p{L}\d_-]+/gu,
  // Order numbers and codes. Chinese is written without spaces, so only Latin letters belong to them.
  /[a-zA-Z]*\d[a-zA-Z\d]*/g,
]

/** Without quotes of earlier mails, addresses, codes, pictures and numbers. Can be slow: runs in a worker thread. */
export function withoutNoise(text: string): string {
  const said = unquotedTextOf(text.slice(0, MAX_LENGTH))
  return NOISE.reduce((rest, noise) => rest.replace(noise, ' '), said)
    .replace(/[^\p{L}\p{M}'’\s.,!?。，！？、-]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
