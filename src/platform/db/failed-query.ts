import { DrizzleQueryError } from 'drizzle-orm'

/** Drizzle says of a failed statement with which values it ran: rows, and so what people wrote. Here is the text alone. */
export function withoutParameters(error: Error, text = error.message): string {
  return error instanceof DrizzleQueryError ? text.replace(error.message, `Failed query: ${error.query}`) : text
}

/** The same in the error itself, for who keeps its words. */
export function forgetParameters(error: unknown): void {
  if (!(error instanceof DrizzleQueryError)) return
  error.stack = withoutParameters(error, error.stack)
  error.message = withoutParameters(error)
  error.params = []
}
