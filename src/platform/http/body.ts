/** The body of a GraphQL request, read to its end before anything else is spent on it. */
import type { IncomingMessage } from 'node:http'
import { bytesOf } from './bytes.ts'
import type { Refusal } from './refusal.ts'

export type GraphqlBody = {
  query?: unknown
  variables?: unknown
  operationName?: unknown
  extensions?: unknown
}

type Read = { body: GraphqlBody } | { refusal: Refusal }

export type BodyReader = {
  /** Null when the client went away. */
  read(request: IncomingMessage): Promise<Read | null>
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

export function bodyReader({ mostBytes }: { mostBytes: number }): BodyReader {
  return {
    async read(request) {
      const refusal = problemOfHeaders(request)
      if (refusal) return { refusal }
      const bytes = await bytesOf(request, mostBytes)
      if (bytes === 'tooLarge') return { refusal: tooLarge(mostBytes) }
      if (bytes === 'tooMany') return { refusal: tooMany }
      return bytes && parsed(bytes)
    },
  }
}

/** Packed bodies are refused: a thousandth of the limit could unpack to all the memory there is. */
function problemOfHeaders({ headers }: IncomingMessage): Refusal | null {
  if (headers['content-type'] === 'application/json' && headers['content-encoding'] === undefined) return null
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"\s]+)/.exec(parameter)?.[1]).find(Boolean)
  if (type.trim() !== 'application/json' || (charset ?? 'utf-8') !== 'utf-8')
    return unsupported('Send the request as "content-type: application/json", in UTF-8.', {
      accept: 'application/json',
    })
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return unsupported('Send the request without content-encoding.', { 'accept-encoding': 'identity' })
  return null
}

function parsed(bytes: Buffer): Read {
  let body: unknown
  try {
    body = JSON.parse(utf8.decode(bytes))
  } catch {
    return bad('The body is not JSON in UTF-8.')
  }
  if (Array.isArray(body)) return bad('One operation a request: a list of operations is not taken.')
  if (typeof body !== 'object' || body === null) return bad('The body has to be a JSON object with a query.')
  return { body }
}

const bad = (message: string): Read => ({ refusal: { status: 400, code: 'BAD_USER_INPUT', message } })

const unsupported = (message: string, headers: Record<string, string>): Refusal => ({
  ...{ status: 415, code: 'BAD_USER_INPUT', message, headers },
})

const tooLarge = (mostBytes: number): Refusal => ({
  status: 413,
  code: 'LIMIT_EXCEEDED',
  message: `The body may be ${mostBytes} bytes large.`,
})

const tooMany: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'Too many large requests at once; try again.',
  retryAfterSeconds: 1,
}
