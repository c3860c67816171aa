/** A gateway over a test database, as it is shipped: real HTTP, a token, GraphQL over the wire. */
import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { workspaces } from '#domain/workspaces/table.ts'
import type { Db } from '#platform/db/client.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { type GatewayOptions, startGateway } from '#platform/http/gateway.ts'
import { openLanguageDetector } from '#platform/language/detector.ts'
import { openLanguages } from '#platform/language/languages.ts'
import { boundlessBudgets, openBudgets } from '#platform/limits/budgets.ts'
import { openLog } from '#platform/log.ts'
import { openHtmlCleaner } from '#platform/richtext/clean-html.ts'
import { schema } from '../../src/schema.ts'
import { requestsOn } from './database.ts'

// Their threads start with the first question and end by themselves.
const cleaner = openHtmlCleaner()
const languages = openLanguages({ detector: openLanguageDetector(), translator: null, deskOf: () => null })

export const testToken = 'token-of-the-tests'

export type Answer = {
  status: number
  headers: Headers
  data: never
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[]
}

/** Starts one; the caller closes it. A workspace is made unless its id is given. */
export async function openTestGateway(db: Db, options: Partial<GatewayOptions> & { workspaceId?: string } = {}) {
  const { workspaceId = await makeWorkspace(db), ...rest } = options
  const viewer: Viewer = { workspaceId, actorId: null, role: 'ADMIN', scopes: usualScopes('ADMIN'), tokenName: 'tests' }
  const gateway = await startGateway({
    schema,
    dbOf: requestsOn(db),
    cleaner,
    languages,
    log: openLog({ level: 'silent' }),
    host: '127.0.0.1',
    port: 0,
    authenticate: (token) => (token === testToken ? viewer : null),
    graphiql: false,
    // Tests ask more at once than two busy cores answer in time.
    requestsAtOnce: 256,
    budgets: openBudgets(boundlessBudgets),
    ...rest,
  })
  const headers = { authorization: `Bearer ${testToken}`, 'content-type': 'application/json' }
  return {
    ...gateway,
    workspaceId,
    headers,
    /** Sends a document; the answer as it came. */
    async ask(query: string, variables: object = {}): Promise<Answer> {
      const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
      return { status: response.status, headers: response.headers, ...((await response.json()) as object) } as Answer
    },
  }
}

/** The same for one test. */
export async function gatewayForTest(db: Db, options: Parameters<typeof openTestGateway>[1] = {}) {
  const gateway = await openTestGateway(db, options)
  onTestFinished(() => gateway.close())
  return gateway
}

export async function makeWorkspace(db: Db): Promise<string> {
  const id = randomUUID()
  await db.insert(workspaces).values({ id, key: id, name: 'Test company' })
  return id
}
