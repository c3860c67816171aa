/** What people type to find something: read as text, never as a pattern, and of a length that people type. */
import { badInput } from './bad-input.ts'

const maxLength = 500

/** A pattern of LIKE that only the text itself matches; put `%` where more may stand. */
export function literalPattern(argument: string, text: string): string {
  if (text.length > maxLength) throw badInput(argument, `expected at most ${maxLength} characters, got ${text.length}`)
  return text.replace(/[\\%_]/g, '\\$&')
}
