import type { z } from 'zod'
import { nearest } from './nearest.ts'

type Issue = z.core.$ZodIssue

/** `backends[1].settings.baseUrl: expected a URL, got "chat.example.com"`; secrets are not shown. */
export function lineOf(issue: Issue, found: { place: string; value: unknown; cameFrom: string | null }): string {
  const { place, value, cameFrom } = found
  const { code, message } = issue
  const expectation = code === 'custom' || isOwn(issue) ? message : `expected ${expectedBy(issue)}`
  const options = optionsOf(issue).map(String)
  const near = typeof value === 'string' && !options.includes(value) ? nearest(value, options) : null
  const start = place === '' ? '' : `${place}: `
  if (code === 'custom' && typeof value === 'object') return `${start}${expectation}`
  return `${start}${expectation}, got ${shown(value, place, cameFrom)}${near ? ` (did you mean ${near}?)` : ''}`
}

/** A shape's own message says what was expected; zod's do so in words for programmers. */
function isOwn({ message }: Issue): boolean {
  return message.startsWith('expected ')
}

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected
    case 'invalid_value':
      return oneOf(issue.values)
    case 'invalid_format':
      return formatNames[issue.format] ?? (issue.pattern ? `a text like ${issue.pattern}` : `a text: ${issue.format}`)
    case 'too_small':
      return sizeText(issue.origin, 'at least', Number(issue.minimum))
    case 'too_big':
      return sizeText(issue.origin, 'at most', Number(issue.maximum))
    case 'invalid_union':
      return issue.errors.length > 0 ? alternatives(issue.errors) : oneOf(optionsOf(issue))
    default:
      return `something else (${issue.message})`
  }
}

function optionsOf(issue: Issue): unknown[] {
  if (issue.code === 'invalid_value') return issue.values
  // zod 4.6 gives the known values of a discriminator, but its types do not say so.
  const { options } = issue as { options?: unknown }
  return Array.isArray(options) ? options : []
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const formatNames: Record<string, string> = {
  url: 'a URL',
  email: 'an e-mail address',
  datetime: 'a time such as 2026-01-31T00:00:00Z',
  date: 'a day such as 2026-01-31',
}

function sizeText(origin: string, bound: string, size: number): string {
  if (origin === 'string') return size === 1 ? 'a text that is not empty' : `a text of ${bound} ${size} characters`
  if (origin === 'array') return `${bound} ${size} ${size === 1 ? 'entry' : 'entries'}`
  return `${bound} ${size}`
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`
}

function alternatives(errors: Issue[][]): string {
  return [...new Set(errors.flatMap(([first]) => (first ? [expectedBy(first)] : [])))].join(' or ')
}

const SECRET = /(token|publickey|password|passphrase|secret|apikey|accesskey|credential)|^(settings|auth)$/i
const NOT_SECRET = /(url|name|tokens\[\d+\]\.\w*role)$/i

function shown(value: unknown, place: string, cameFrom: string | null): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (cameFrom !== null) return `the value of ${cameFrom}`
  const field = place.split('.').at(-1) ?? ''
  if (SECRET.test(field) && !NOT_SECRET.test(field)) return 'something else (not shown, since it may be secret)'
  if (typeof value !== 'string') return String(value)
  const text = value.replace(/\/\/[^/@\s]*@/g, '//…@') // an address may carry a password
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
