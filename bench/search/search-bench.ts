/** Measures searches one after the other, as somebody who types would send them, beside the statement a first try would be. */
import { onDatabase, type Say } from '../data/database.ts'
import { workspaceId } from '../data/rows.ts'
import { ask, graphqlRequest } from '../servers/requests.ts'
import { startServer } from '../servers/start.ts'
import { type Search, searchesFor } from './searches.ts'

export type SearchResult = {
  search: Search
  p50Ms: number
  p95Ms: number
  statementsPerRequest: number
  totalCount: number
  isCapped: boolean
}

const warmUpCount = 5
const document = `
  query Search($query: String!, $filter: TicketFilter) {
    search(query: $query, filter: $filter, first: 20) {
      totalCount counts { tickets messages contacts } didYouMean isCapped
      nodes { score highlights { field snippet }
        node { __typename
          ... on Ticket { id number subject status requester { displayName } lastActivityAt }
          ... on Message { id at body { plainPreview(length: 120) } ticket { id number subject } sender { displayName } }
          ... on Contact { id displayName email ticketCounts { open } }
        } }
      pageInfo { endCursor hasNextPage }
    }
  }`
type Answer = { search: { totalCount: number; isCapped: boolean } }

export async function searchBench(options: {
  connectionString: string
  rounds: number
  say: Say
}): Promise<SearchResult[]> {
  const { connectionString, rounds, say } = options
  const known = await onDatabase(connectionString, async (client) => {
    const { rows } = await client.query<{ name: string; number: string }>(
      `select (select display_name from actors where workspace_id = $1 and type = 'CONTACT'
         and length(split_part(display_name, ' ', 1)) > 6 limit 1) as name,
         (select number from tickets where workspace_id = $1 and not is_spam and not is_recycled limit 1) as number`,
      [workspaceId],
    )
    return rows[0] as { name: string; number: string }
  })
  const server = await startServer('ours', { connectionString, profileFolder: null })
  try {
    const results: SearchResult[] = []
    for (const search of searchesFor(known)) {
      const request = graphqlRequest(document, { query: search.query, filter: search.filter ?? null })
      for (let count = 0; count < warmUpCount; count++) await ask(server.port, request)
      const before = await server.usage()
      const times: number[] = []
      let answer: Answer | null = null
      for (let count = 0; count < rounds; count++) {
        const startedAtMs = performance.now()
        answer = (await ask(server.port, request)) as Answer
        times.push(performance.now() - startedAtMs)
      }
      const after = await server.usage()
      times.sort((one, other) => one - other)
      const result = {
        search,
        p50Ms: times[Math.floor(rounds * 0.5)] ?? Number.NaN,
        p95Ms: times[Math.floor(rounds * 0.95)] ?? Number.NaN,
        statementsPerRequest: (after.statementCount - before.statementCount) / rounds,
        totalCount: answer?.search.totalCount ?? 0,
        isCapped: answer?.search.isCapped ?? false,
      }
      results.push(result)
      say(`  ${search.title.padEnd(40)} p50 ${result.p50Ms.toFixed(1)} ms, p95 ${result.p95Ms.toFixed(1)} ms`)
    }
    return results
  } finally {
    await server.stop()
  }
}
