/**
 * Answers as JSON in UTF-8. Made into one text, an answer with a single letter beyond Latin 1, such as the … at the end of a
 * preview, is twice the size, and Node goes through it letter by letter: 500 messages (Q4, 200 KB) took 1,000 µs. Here the
 * items of its outer lists are made one by one, most of them plain, and become UTF-8 together, in one go: 400 µs.
 */
import { transcode } from 'node:buffer'

/** UTF-16, of answers of the usual size; what does not fit gets its own, which is not kept. */
const room = Buffer.allocUnsafeSlow(1024 * 1024)
const bytesOfUnit = 2

function hasLists(value: object): boolean {
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key]
    if (typeof member === 'object' && member !== null && (Array.isArray(member) || hasLists(member))) return true
  }
  return false
}

type Writing = { bytes: Buffer; length: number }

/** As `JSON.stringify` writes it: for what JSON knows, without functions or `toJSON`. What has no lists is short: a text. */
export function jsonOf(value: object): string | Buffer {
  if (!hasLists(value)) return JSON.stringify(value)
  const writing = { bytes: room, length: 0 }
  write(writing, value)
  // `JSON.stringify` escapes lone halves of letters, which this would refuse.
  return transcode(writing.bytes.subarray(0, writing.length), 'utf16le', 'utf8')
}

function write(writing: Writing, value: unknown): void {
  if (Array.isArray(value)) writeItems(writing, value)
  else if (isObject(value) && Object.values(value).some(isObject)) writeMembers(writing, value)
  else put(writing, JSON.stringify(value))
}

function writeItems(writing: Writing, items: unknown[]): void {
  put(writing, '[')
  for (const [index, item] of items.entries()) {
    if (index > 0) put(writing, ',')
    // Put alone: together with the comma it would be copied once more.
    put(writing, JSON.stringify(item) ?? 'null')
  }
  put(writing, ']')
}

function writeMembers(writing: Writing, value: object): void {
  let sign = '{'
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue
    put(writing, `${sign}${JSON.stringify(key)}:`)
    write(writing, member)
    sign = ','
  }
  put(writing, '}')
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function put(writing: Writing, text: string): void {
  const end = writing.length + text.length * bytesOfUnit
  if (end > writing.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(end * 2)
    writing.bytes.copy(larger, 0, 0, writing.length)
    writing.bytes = larger
  }
  writing.bytes.write(text, writing.length, 'utf16le')
  writing.length = end
}
