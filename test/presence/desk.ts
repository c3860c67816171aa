/** One help desk behind two gateways, and people of every kind. */
import { sql } from 'drizzle-orm'
import { afterAll } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { openLanguageDetector } from '#platform/language/detector.ts'
import { openLanguages } from '#platform/language/languages.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { cleanerOfFile, newBackend, silent, storeInto } from '../syncing/backend.ts'
import { message, thread } from '../syncing/scripted.ts'

/** Says what language everything was put into. */
const translator = {
  ...{ key: 'echo', name: 'Echo', detects: true, check: async () => 'here' },
  translate: async ({ text, to }: { text: string; to: string }) => ({ text: `${to}: ${text}`, from: 'en' }),
}

/** Call it at the top level of a test file. */
export async function openPresenceDesk() {
  const database = await createTestDatabase()
  const { db } = database
  const backend = await newBackend(db, 'chatwoot')
  const { workspaceId } = backend
  const cleaner = cleanerOfFile()
  const store = storeInto(db, backend, { cleaner })
  const agent = (externalId: string, displayName: string) => ({
    ...{ type: 'AGENT' as const, externalId, displayName, email: null, isAvailable: null, raw: {} },
  })
  await store({
    agents: [agent('7', 'Ana'), agent('8', 'Bob')] as never,
    tickets: ['1', '2', '3'].map((id) => thread(id, [message(id)])),
  })
  const idOf = async (query: ReturnType<typeof sql>) => ((await db.execute(query)).rows[0] as { id: string }).id
  const actor = (externalId: string, type: string) =>
    idOf(sql`select id from actors
      where workspace_id = ${workspaceId} and external_id = ${externalId} and (type = ${type} or ${type} = '')`)
  const ids = { ana: await actor('7', 'AGENT'), bob: await actor('8', 'AGENT'), customer: await actor('1', '') }
  const viewers = new Map<string, Viewer>()
  const enter = (tokenName: string, role: Viewer['role'], said: Partial<Viewer> = {}) =>
    viewers.set(tokenName, { tokenName, actorId: null, role, scopes: usualScopes(role), workspaceId, ...said })
  enter('ana', 'AGENT', { actorId: ids.ana })
  enter('bob', 'AGENT', { actorId: ids.bob })
  enter('customer', 'CONTACT', { actorId: ids.customer })
  enter('program', 'INTEGRATION')
  enter('blind', 'AGENT', { scopes: new Set([...usualScopes('AGENT')].filter((scope) => scope !== 'NOTES_READ')) })
  const authenticate = (token: string | null) => viewers.get(token ?? '') ?? null
  const languages = openLanguages({ detector: openLanguageDetector(), translator, deskOf: () => null })
  const openOne = async () => {
    const wakes = openWakes({ connectionString: database.connectionString, log: silent })
    const { url, close } = await openTestGateway(db, { workspaceId, authenticate, wakes, languages })
    afterAll(() => close().then(wakes.close))
    return { url }
  }
  const gateways = [await openOne(), await openOne()]

  async function askAs(name: string, query: string, variables: object = {}, gateway = 0) {
    const headers = { authorization: `Bearer ${name}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ query, variables })
    const response = await fetch(gateways[gateway]?.url as string, { method: 'POST', headers, body })
    return (await response.json()) as Pick<Answer, 'data' | 'errors'>
  }

  return {
    ...{ db, workspaceId, backend, cleaner, store, askAs, urls: gateways.map(({ url }) => url) },
    nodeIds: { ana: nodeIdOf('Agent', ids.ana), bob: nodeIdOf('Agent', ids.bob) },
    ...{ during: watchStatements(database.pool).during },
    ticketId: async (number: string) =>
      nodeIdOf(
        'Ticket',
        await idOf(sql`select id from tickets where workspace_id = ${workspaceId} and number = ${number}`),
      ),
    async set(name: string, input: object, gateway = 0) {
      const query = `mutation ($input: PresenceInput!) { presenceSet(input: $input) {
        presence { agent { displayName } state } errors { __typename code path } clientMutationId } }`
      const { data, errors } = await askAs(name, query, { input }, gateway)
      if (errors) throw new Error(JSON.stringify(errors))
      return (data as { presenceSet: Set }).presenceSet
    },
  }
}

type Set = {
  presence: { agent: { displayName: string }; state: string }[]
  errors: { __typename: string; code: string; path: string[] }[]
  clientMutationId: string | null
}
