/** What goes over the wire to each of the two servers. */
import { postgraphileQueries } from '../postgraphile/queries.ts'
import type { Query, Sample } from '../queries.ts'
import { benchToken } from './child.ts'

type Request = { method: 'GET' | 'POST'; path: string; headers: Record<string, string>; body: string }

export const requestOf = {
  ours: ({ document, values }: Query, sample: Sample): Request => graphqlRequest(document, values(sample).variables),
  bare: ({ name, values }: Query, sample: Sample): Request => ({
    method: 'GET',
    path: ['', name, ...values(sample).parameters].map(encodeURIComponent).join('/'),
    headers: {},
    body: '',
  }),
  postgraphile: ({ name }: Query, sample: Sample): Request => {
    const { document, variables } = postgraphileQueries[name] as (typeof postgraphileQueries)[string]
    return graphqlRequest(document, variables(sample))
  },
}

export function graphqlRequest(document: string, variables: object, token = benchToken): Request {
  return {
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: document, variables }),
  }
}

/** As a client with a kept connection would write it. */
export function bytesOf({ method, path, headers, body }: Request): Buffer {
  const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
  const lines = Object.entries({ host: '127.0.0.1', ...headers, ...length }).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, '', body].join('\r\n'))
}

/** @returns `data` of the answer. */
export async function ask(port: number, { method, path, headers, body }: Request): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(body !== '' && { body }) })
  const text = await response.text()
  const answer = JSON.parse(text) as { data?: unknown; errors?: unknown }
  if (!answer.data || answer.errors)
    throw new Error(`expected data from ${path}, got ${response.status}: ${text.slice(0, 1000)}`)
  return answer.data
}
