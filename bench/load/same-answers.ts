/** Both servers have to say the same, or their speeds say nothing. */
import { deepStrictEqual } from 'node:assert'
import type { Query, Sample } from '../queries.ts'
import { ask, requestOf } from '../servers/requests.ts'
import type { Server, ServerName } from '../servers/start.ts'

/** @throws AssertionError that shows the first differences. */
export async function checkSameAnswers(
  servers: Record<ServerName, Server>,
  query: Query,
  samples: Sample[],
): Promise<void> {
  for (const sample of samples) {
    const given = await ask(servers.ours.port, requestOf.ours(query, sample))
    const wanted = await ask(servers.bare.port, requestOf.bare(query, sample))
    deepStrictEqual(
      inOneForm(given),
      inOneForm(wanted),
      `${query.name} differs for ${JSON.stringify(query.values(sample))}`,
    )
  }
}

const moment = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/

/** Global ids as the UUIDs they hold, cursors as positions, moments as UTC. */
function inOneForm(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => inOneForm(entry))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inOneForm(inner, name)]))
  }
  if (typeof value !== 'string') return value
  if (moment.test(value)) return new Date(value).toISOString()
  const decoded = () => Buffer.from(value, 'base64url').toString()
  if (key === 'id' && value.length !== 36) return decoded().split(':')[1]
  if (key === 'endCursor') return inOneForm(JSON.parse(decoded()).slice(1))
  return value
}
