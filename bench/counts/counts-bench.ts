/** Measures the badges of an inbox: what is unread in twenty views, for an agent, in one request after the other. */
import { openDatabase } from '#platform/db/client.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { startGateway } from '#platform/http/gateway.ts'
import { openLanguageDetector } from '#platform/language/detector.ts'
import { openLanguages } from '#platform/language/languages.ts'
import { openLog } from '#platform/log.ts'
import { openHtmlCleaner } from '#platform/richtext/clean-html.ts'
import { schema } from '#schema.ts'
import { workspaceId } from '../data/rows.ts'

export type CountsResult = { withIds: boolean; unreadTickets: number; p50Ms: number; p95Ms: number; statements: number }

const idOf = (kind: number, number: number) => `01960000-000${kind}-7000-8000-${number.toString(16).padStart(12, '0')}`
const tag = (number: number) => nodeIdOf('Tag', idOf(6, number))
const agent = (number: number) => nodeIdOf('Agent', idOf(4, number))
const viewer: Viewer = { workspaceId, actorId: idOf(4, 0), role: 'AGENT', tokenName: 'counts-bench' }

const open = ['NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL', 'ON_HOLD']
/** As people save them; the built-in ones are counted beside. */
const filters = [
  { tagIds: [tag(1)] },
  { tagIds: [tag(2)], status: open },
  { tagIds: [tag(3), tag(8), tag(13)] },
  { allTagIds: [tag(4), tag(9)] },
  { not: { tagIds: [tag(5)] }, isAssigned: true },
  { or: [{ tagIds: [tag(6)] }, { priority: ['URGENT'] }] },
  { assigneeIds: [agent(1), agent(6), agent(11)] },
  { departmentIds: [nodeIdOf('Department', idOf(6, 1))] },
  { channelTypes: ['EMAIL'] },
  { status: ['NEW'], priority: ['HIGH', 'URGENT'] },
  { and: [{ status: ['ON_HOLD'] }, { or: [{ isAssigned: false }, { priority: ['LOW'] }] }] },
  { mentionsMe: true },
  { lastActivityAt: { from: '2026-09-01T00:00:00Z' } },
]

const document = (ids: string) => `query ($viewIds: [ID!]) { unreadCounts(viewIds: $viewIds) { allCount mentionedCount
  views { view { id } unreadCount mentionedUnreadCount ${ids} } } }`

export async function countsBench(connectionString: string, rounds: number): Promise<CountsResult[]> {
  const { db, pool, close } = openDatabase({ connectionString, applicationName: 'bench' })
  let statements = 0
  const query = pool.query.bind(pool) as (...given: unknown[]) => unknown
  pool.query = ((...given: unknown[]) => {
    statements += 1
    return query(...given)
  }) as never
  const gateway = await startGateway({
    ...{ schema, db, host: '127.0.0.1', port: 0, graphiql: false },
    log: openLog({ level: 'warn' }),
    cleaner: openHtmlCleaner(),
    languages: openLanguages({ detector: openLanguageDetector(), translator: null, deskOf: () => null }),
    authenticate: () => viewer,
    isReady: async () => true,
  })
  const ask = askerOf(gateway.url)
  try {
    const viewIds = await savedViews(ask)
    const results: CountsResult[] = []
    for (const withIds of [false, true]) {
      const asked = document(withIds ? 'unreadTicketIds mentionedUnreadTicketIds' : '')
      const timesMs: number[] = []
      let answer: { unreadCounts: { allCount: number } } | null = null
      for (let round = -3; round < rounds; round++) {
        statements = 0
        const startedAtMs = performance.now()
        answer = await ask(asked, { viewIds })
        if (round >= 0) timesMs.push(performance.now() - startedAtMs)
      }
      timesMs.sort((one, other) => one - other)
      const at = (share: number) => timesMs[Math.floor(timesMs.length * share)] ?? Number.NaN
      const unreadTickets = answer?.unreadCounts.allCount ?? 0
      results.push({ withIds, unreadTickets, p50Ms: at(0.5), p95Ms: at(0.95), statements })
    }
    for (const id of viewIds.slice(-filters.length)) await ask(remove, { input: { id } })
    return results
  } finally {
    await gateway.close()
    await close()
  }
}

type Ask = <Data>(query: string, variables: object) => Promise<Data>

function askerOf(url: string): Ask {
  return async (query, variables) => {
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    const { data, errors } = (await response.json()) as { data: never; errors?: object[] }
    if (errors) throw new Error(`expected counts, got ${JSON.stringify(errors)}`)
    return data
  }
}

const save = 'mutation ($input: ViewSaveInput!) { viewSave(input: $input) { view { id } } }'
const remove = 'mutation ($input: NodeActionInput!) { viewDelete(input: $input) { deletedId } }'

/** The built-in views and saved ones, twenty in all; the saved ones come last. */
async function savedViews(ask: Ask): Promise<string[]> {
  const { views } = await ask<{ views: { id: string; isBuiltIn: boolean }[] }>('{ views { id isBuiltIn } }', {})
  const builtIn = views.filter(({ isBuiltIn }) => isBuiltIn).slice(0, 20 - filters.length)
  const saved: string[] = []
  for (const [index, filter] of filters.entries()) {
    const input = { name: `Bench ${index}`, filter }
    const { viewSave } = await ask<{ viewSave: { view: { id: string } } }>(save, { input })
    saved.push(viewSave.view.id)
  }
  return [...builtIn.map(({ id }) => id), ...saved]
}
