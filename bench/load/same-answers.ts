/** All servers have to say the same, or their speeds say nothing. */
import { deepStrictEqual } from 'node:assert'
import type { Query, Sample } from '../queries.ts'
import { ask, requestOf } from '../servers/requests.ts'
import type { Server } from '../servers/start.ts'

/** @throws AssertionError that shows the first differences. */
export async function checkSameAnswers(servers: Server[], query: Query, samples: Sample[]): Promise<void> {
  for (const sample of samples) {
    const [first, ...others] = await Promise.all(
      servers.map(async ({ name, port }) => ({
        name,
        answer: inOneForm(await ask(port, requestOf[name](query, sample))),
      })),
    )
    for (const { name, answer } of others) {
      const values = JSON.stringify(query.values(sample))
      deepStrictEqual(answer, first?.answer, `${query.name}: ${name} and ${first?.name} differ for ${values}`)
    }
  }
}

const moment = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/

/**
 * Global ids as the UUIDs they hold, cursors as positions, moments as UTC, big numbers as text; and lists without the
 * wrapping of a connection, what a body holds beside it, and the newest message by itself, as PostGraphile has them.
 */
function inOneForm(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const list = value.map((entry) => inOneForm(entry))
    return key === 'lastMessage' ? (list[0] ?? null) : list
  }
  if (typeof value === 'object' && value !== null) {
    if ('nodes' in value && Object.keys(value).length === 1) return inOneForm(value.nodes)
    const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [name, inOneForm(inner, name)])
    return Object.fromEntries(
      entries.flatMap(([name, inner]) => (name === 'body' ? Object.entries(inner as object) : [[name, inner]])),
    )
  }
  if (key === 'sizeBytes') return String(value)
  if (typeof value !== 'string') return value
  if (moment.test(value)) return new Date(value).toISOString()
  const decoded = () => Buffer.from(value, 'base64url').toString()
  if (key === 'id' && value.length !== 36) return decoded().split(':')[1]
  if (key === 'endCursor') return inOneForm(JSON.parse(decoded()).slice(1))
  return value
}
