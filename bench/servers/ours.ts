/** Ours as shipped: the real gateway with the real schema, authentication on. Only its statements are counted. */

import { openSigningIn } from '#flows/signing-in/signing-in.ts'
import { openDatabase } from '#platform/db/client.ts'
import { openControl } from '#platform/db/control.ts'
import { openWalledDatabase, raiseWall } from '#platform/db/wall.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { startGateway } from '#platform/http/gateway.ts'
import { openLanguageDetector } from '#platform/language/detector.ts'
import { openLanguages } from '#platform/language/languages.ts'
import { boundlessBudgets, openBudgets } from '#platform/limits/budgets.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { openLog } from '#platform/log.ts'
import { openHtmlCleaner } from '#platform/richtext/clean-html.ts'
import { schema } from '#schema.ts'
import { sha256 } from '#sha256.ts'
import { idOf, workspaceId } from '../data/rows.ts'
import { agentToken, answerParent, benchToken, connectionString, poolSize } from './child.ts'

let statementCount = 0

const control = openControl({ connectionString })
const { dbOf } = openWalledDatabase({
  ...{ connectionString, poolSize, applicationName: 'bench', canceller: control },
  isWalled: (await raiseWall(connectionString)) === null,
  onConnect: async (client) => {
    const { query } = client
    client.query = function counted(...given: unknown[]) {
      statementCount += 1
      return query.apply(client, given as never)
    } as typeof query
  },
})

const log = openLog({ level: 'warn' })
const tokens = [{ name: 'bench', sha256: sha256(benchToken), role: 'INTEGRATION' as const }]
const workspace = { id: workspaceId, key: 'bench', tokens, identityProviders: [] }
const { db } = openDatabase({ connectionString, poolSize: 2 })
const viewerOf = openSigningIn({ db, log, workspaces: [workspace] })
const agent: Viewer = {
  workspaceId,
  actorId: idOf('agent', 0),
  role: 'AGENT',
  scopes: usualScopes('AGENT'),
  tokenName: 'bench-agent',
}
const gateway = await startGateway({
  ...{ schema, dbOf, host: '127.0.0.1', port: 0, graphiql: false },
  log,
  cleaner: openHtmlCleaner(),
  languages: openLanguages({ detector: openLanguageDetector(), translator: null, deskOf: () => null }),
  store: control,
  wakes: openWakes({ connectionString, log }),
  budgets: openBudgets(boundlessBudgets),
  authenticate: (token) => (token === agentToken ? agent : viewerOf(token)),
})
answerParent({ port: Number(new URL(gateway.url).port), statementCount: () => statementCount })
