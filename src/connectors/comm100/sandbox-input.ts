/** Reads what clients send: JSON bodies with required fields, allowed words and plain or base64 text. */
import { isUtf8 } from 'node:buffer'
import type { JsonObject } from '#connectors/contract.ts'
import type { SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { refuse } from './sandbox-site.ts'

export function bodyOf({ headers, body }: SandboxRequest): JsonObject {
  if (!headers['content-type']?.startsWith('application/json')) refuse('The body must be application/json.')
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject
  } catch {
    // Said below.
  }
  return refuse('The body must be a JSON object.')
}

export function need(body: JsonObject, fields: readonly string[]): void {
  for (const field of fields) {
    const value = body[field]
    if (value === undefined || value === null || value === '') refuse(`${field} is required.`)
  }
}

/** Absent and null are the same: not said. */
export function textIn(body: JsonObject, field: string): string | undefined {
  const value = body[field] ?? undefined
  if (value !== undefined && typeof value !== 'string') refuse(`${field} must be a string.`)
  return value as string | undefined
}

export function boolIn(body: JsonObject, field: string): boolean | undefined {
  const value = body[field] ?? undefined
  if (value !== undefined && typeof value !== 'boolean') refuse(`${field} must be a bool.`)
  return value as boolean | undefined
}

export function listIn(body: JsonObject, field: string): JsonObject[] {
  const value = body[field] ?? []
  if (!Array.isArray(value)) return refuse(`${field} must be an array.`)
  return value as JsonObject[]
}

/** One of our words, by the vendor's. */
export function wordIn<Word extends string>(
  body: JsonObject,
  field: string,
  words: Partial<Record<Word, string>>,
): Word | undefined {
  const value = textIn(body, field)
  if (value === undefined) return undefined
  const found = (Object.keys(words) as Word[]).find((word) => words[word] === value)
  return found ?? refuse(`${field} has a value that is not allowed: "${value}".`)
}

export function timeIn(body: JsonObject, field: string): Date | undefined {
  const value = textIn(body, field)
  if (value === undefined) return undefined
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? refuse(`${field} must be a datetime.`) : date
}

const prefix = 'data:text/plain;base64,'

/** Plain, or base64 behind the vendor's prefix. */
export function decodedIn(body: JsonObject, field: string): string {
  const value = textIn(body, field) ?? ''
  if (!value.startsWith(prefix)) return value
  const bytes = Buffer.from(value.slice(prefix.length), 'base64')
  if (bytes.toString('base64') !== value.slice(prefix.length) || !isUtf8(bytes)) refuse(`${field} is not valid base64.`)
  return bytes.toString('utf8')
}
