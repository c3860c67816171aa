import pg from 'pg'

const { INT8, TIMESTAMPTZ } = pg.types.builtins
/** Lists of ids; pg has no name for them. */
const UUIDS: number = 2951
const parseAnyTimestamp = pg.types.getTypeParser(TIMESTAMPTZ)
const parseAnyList = pg.types.getTypeParser(UUIDS)

// For the whole process: drizzle passes its own parsers per query and falls back to these, not to the pool's.
pg.types.setTypeParser(INT8, parseInt8)
pg.types.setTypeParser(TIMESTAMPTZ, parseTimestamp)
pg.types.setTypeParser(UUIDS, parseUuids)

/** A number when that is exact, such as a count; else the digits as text. */
function parseInt8(text: string): number | string {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

/**
 * The built-in Date reads Postgres' format in 240 ns, pg's own parser in 620 ns; but it takes the years 0 to 99 for
 * the last century and knows neither BC nor infinity.
 */
function parseTimestamp(text: string): Date {
  const hasPlainYear = text[4] === '-' && text[0] !== '0' && !text.endsWith('C')
  return hasPlainYear ? new Date(text) : parseAnyTimestamp(text)
}

/** Ids need no quotes. pg's own parser goes letter by letter. */
function parseUuids(text: string): (string | null)[] {
  const isPlain = text.lastIndexOf('{') === 0 && !text.includes('N')
  if (!isPlain) return parseAnyList(text)
  return text === '{}' ? [] : text.slice(1, -1).split(',')
}
