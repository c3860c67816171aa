/** Checks of what clients wrote, each with what was expected and what came. */
import { z } from 'zod'
import { CommandError, invalid, type Path } from './problem.ts'

const emailText = z.email({ pattern: z.regexes.unicodeEmail })
const LONGEST_LINE = 1000
const LONGEST_BODY = 500_000
const EARLIEST_YEAR = 1990
const FARTHEST_YEARS = 20
const DEEPEST_NESTING = 50

/** Text that Postgres can hold, anywhere in an input. @throws CommandError with the path of what cannot be kept. */
export function refuseUnstorable(value: unknown, path: Path): void {
  if (path.length > DEEPEST_NESTING)
    throw invalid(
      path.slice(0, 4),
      `Expected at most ${DEEPEST_NESTING} levels of nesting.`,
      `maxDepth=${DEEPEST_NESTING}`,
    )
  if (typeof value === 'string') {
    if (value.includes('\0')) throw invalid(path, 'Expected text without NUL characters, got one.', 'noNul')
    if (!value.isWellFormed()) throw invalid(path, 'Expected well-formed Unicode, got a lone surrogate.', 'wellFormed')
    return
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return
  for (const [key, item] of Object.entries(value)) {
    refuseUnstorable(key, path)
    refuseUnstorable(item, [...path, key])
  }
}

/** One line: a subject, a name. Trimmed. */
export function line(value: string, path: Path, { least = 1, most = LONGEST_LINE } = {}): string {
  const text = value.replace(/\s+/g, ' ').trim()
  if (text.length < least) throw invalid(path, 'Expected some text, got none.', `minLength=${least}`, 'REQUIRED')
  if (text.length > most)
    throw invalid(path, `Expected at most ${most} characters, got ${text.length}.`, `maxLength=${most}`)
  return text
}

export function bodySize(value: string, path: Path, most = LONGEST_BODY): void {
  if (value.length > most)
    throw invalid(path, `Expected at most ${most} characters, got ${value.length}.`, `maxLength=${most}`)
}

export function email(value: string, path: Path): string {
  const text = value.trim()
  if (text.length <= 254 && emailText.safeParse(text).success) return text
  throw invalid(
    path,
    `Expected a mail address such as ana@example.com, got ${JSON.stringify(text.slice(0, 100))}.`,
    'email',
  )
}

/** A moment that has passed, for what is imported. */
export function pastMoment(value: Date, now: Date, path: Path): Date {
  const isPast = value.getTime() <= now.getTime() + 60_000
  if (isPast && value.getUTCFullYear() >= EARLIEST_YEAR) return value
  throw invalid(path, `Expected a moment between ${EARLIEST_YEAR} and now, got ${value.toISOString()}.`, 'pastMoment')
}

export function futureMoment(value: Date, now: Date, path: Path): Date {
  const isFuture = value > now && value.getUTCFullYear() <= now.getUTCFullYear() + FARTHEST_YEARS
  if (isFuture) return value
  const expected = `Expected a moment within the next ${FARTHEST_YEARS} years, got ${value.toISOString()}.`
  throw invalid(path, expected, 'futureMoment')
}

/** A list that a client gave: not empty, not endless, nothing twice. */
export function listOf<Item>(items: readonly Item[], path: Path, most: number): Item[] {
  if (items.length === 0) throw invalid(path, 'Expected at least one, got none.', 'minItems=1', 'REQUIRED')
  if (items.length > most)
    throw invalid(path, `Expected at most ${most}, got ${items.length}.`, `maxItems=${most}`, 'LIMIT_EXCEEDED')
  return [...new Set(items)]
}

/** Runs a check for each item and gathers what is wrong with any, so that a client learns all of it at once. */
export async function each<Item, Result>(
  items: readonly Item[],
  check: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const problems: CommandError['problems'] = []
  for (const [index, item] of items.entries()) {
    try {
      results.push(await check(item, index))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new CommandError(...problems)
  return results
}
